"""The web app with a few views besides, whose answers are streams or end in an exception: gunicorn serves them."""

CHUNK = 10_000
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.monitoring.streams.settings"}
