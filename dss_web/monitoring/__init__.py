"""What operators watch: metrics for Prometheus, readiness, and what gunicorn's processes do for both."""
