"""The web app with the resource of HAWK's published vectors, behind its own authentication."""

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "tests.hawk.vectors.settings",
    "DSS_ALLOWED_HOSTS": "example.com,127.0.0.1",
    # The vectors were signed in 2012.
    "DSS_HAWK_TIMESTAMP_SKEW_IN_SECONDS": "1000000000",
}
