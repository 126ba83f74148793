"""Django's settings of the SSO stand-in; what differs between runs comes from the environment."""

import os
from pathlib import Path

HOME = Path(os.environ["SSO_HOME"])
SECRET_KEY = os.environ["SSO_SECRET_KEY"]
WEB_URL = os.environ["SSO_WEB_URL"]
CLIENT_ID = os.environ["SSO_CLIENT_ID"]
CLIENT_SECRET = os.environ["SSO_CLIENT_SECRET"]

DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", ".localhost"]
ROOT_URLCONF = "infra.local.sso.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
LOGIN_URL = "/login/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "APP_DIRS": True,  # the toolkit's own pages tell of a wrong request
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "sso.sqlite3",
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": "PRAGMA journal_mode=WAL"},
    }
}
# Cookies do not know of ports: names of our own keep them apart from the web app's on the same host.
SESSION_COOKIE_NAME = "sso_session"
CSRF_COOKIE_NAME = "sso_csrf"

OAUTH2_PROVIDER = {
    "SCOPES": {"read": "Read the profile"},
    "DEFAULT_SCOPES": ["read"],
    "PKCE_REQUIRED": False,  # as in staff-sso; a client that sends a challenge is held to it
}
