"""What operators watch: the line of each request, metrics, readiness, and what gunicorn's processes do for them."""
