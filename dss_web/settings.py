"""Django's settings. What differs between installations comes from the environment, see `configuration`."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from dss_web.configuration import web_settings
from dss_web.database.pooled import REPLICA, pooled_database
from dss_web.logs import logging_config
from dss_web.shared.error_reports import start_error_reports

BASE_DIR = Path(__file__).resolve().parent.parent
DSS = web_settings()

SECRET_KEY = DSS.dss_app_secret_key
SECRET_KEY_FALLBACKS = DSS.dss_app_secret_key_fallbacks.split()
DEBUG = False
ALLOWED_HOSTS = DSS.allowed_hosts
ROOT_URLCONF = "dss_web.urls"
WSGI_APPLICATION = "dss_web.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "dss_web.registry",
    "dss_web.hawk",
    "dss_web.exports",
    "dss_web.client",
    "dss_web.accounts",
    "dss_web.uploads",
    "dss_web.subscriptions",
    "dss_web.mail",
    "dss_web.alerts",
    "dss_web.worker",
    "dss_web.moving_in",
]

MIDDLEWARE = [
    "dss_web.monitoring.request_log.RequestRecord",
    # Before anything that uses the client's address or URL.
    "dss_web.http.proxies.trust_proxies",
    "django.middleware.security.SecurityMiddleware",
    # Outside of whatever answers or refuses a request: static files and pages about errors have these headers too.
    "dss_web.http.browser_middleware.NoFrames",
    "dss_web.http.browser_middleware.ContentPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dss_web.http.browser_middleware.Sessions",
    # Outside of everything that may still change a response's body, so that the body is signed as it is sent.
    "dss_web.hawk.signature.ResponseSigning",
    "dss_web.hawk.reading.ReadRecord",
    # Before the host is looked at.
    "dss_web.monitoring.probes.answer_probes",
    "django.middleware.common.CommonMiddleware",
    "dss_web.http.browser_middleware.FormTokens",
    "dss_web.http.browser_middleware.Login",
    "dss_web.http.background_requests.answer_scripts",
    # Deny by default: a view without `login_not_required` is for people who are logged in and may upload.
    "dss_web.accounts.access.AccessMiddleware",
    "dss_web.http.browser_middleware.Messages",
]
# The API serves paths with and without the final slash: a client would have to sign a redirect again.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "dss_web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# There is a connection for every thread and every export: only a database that is away is waited for.
_AT_ONCE = DSS.dss_web_threads + DSS.exports_at_once
DATABASES = {"default": pooled_database(DSS.dss_database_url, DSS.database_url, _AT_ONCE, timeout_seconds=2)}
if DSS.has_replica:
    # Not waited for as long, since the one above serves instead.
    DATABASES[REPLICA] = pooled_database(DSS.dss_replica_database_url, DSS.replica_url, _AT_ONCE, timeout_seconds=0.5)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / DSS.dss_static_folder
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "dss_web" / "static"] if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

# Where the organisation's logo comes from, if that is another host.
_logo = urlsplit(DSS.dss_organisation_logo)
_logo_origin = [f"{_logo.scheme}://{_logo.netloc}"] if _logo.netloc else []
_over_tls = urlsplit(DSS.dss_web_url).scheme == "https"
CSRF_TRUSTED_ORIGINS = [DSS.dss_web_url] if _over_tls else []
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
# Lax, not Strict: the answer from SSO is a navigation from another site and has to find its session.
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _over_tls
CSRF_COOKIE_SECURE = _over_tls
# With this prefix browsers take the cookie only from this host, over TLS: no host beside ours can plant one.
if _over_tls:
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
# Static files too are for pages of this host alone.
WHITENOISE_ALLOW_ALL_ORIGINS = False
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _over_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
X_FRAME_OPTIONS = "DENY"
# No inline script or style anywhere, and nothing from other hosts but the logo.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *_logo_origin],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A form sent after the session ended is redirected to SSO, which browsers hold to this directive too.
        "form-action": [SELF, DSS.authbroker_url],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

_mail = urlsplit(DSS.dss_mail_url)
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _mail.scheme.startswith('smtp') else 'console'}.EmailBackend"
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or 25
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp+starttls"
EMAIL_USE_SSL = _mail.scheme == "smtps"
# A letter's transaction is open meanwhile.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = DSS.dss_mail_from

# Uploads of any size go to a file, never to memory; one over the limit is read to its end and dropped.
FILE_UPLOAD_HANDLERS = ["dss_web.uploads.receiving.LimitedFileUpload"]

# The columns of an upload are confirmed by a form that has a few fields for each of up to 1,598 of them. Django's own
# limit, 1,000, is for forms that anybody can send; these come with a token of ours.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

start_error_reports(DSS.sentry_dsn, "web")

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(DSS.dss_log_level)
