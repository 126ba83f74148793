"""gunicorn's configuration; `infra/serve.sh` starts it."""

from importlib import import_module
from typing import Any

from dss_web import gc_tuning
from dss_web.configuration import WebSettings
from dss_web.monitoring import processes

_settings = WebSettings.from_environment()

wsgi_app = "dss_web.wsgi:application"
bind = _settings.dss_web_bind
worker_class = "gthread"
workers = _settings.dss_web_workers
threads = _settings.dss_web_threads
graceful_timeout = _settings.dss_web_graceful_timeout_seconds
# A worker that does not report for this long is taken for dead. Its threads may be busy for longer.
timeout = 60
# An idle connection holds no thread: gthread has it in its poll, up to 1,000 of them in each worker.
keepalive = _settings.dss_web_keepalive_seconds
# Nothing here leaks, and a worker that stops under load is a pause that nobody asked for.
max_requests = 0
# gunicorn would take the scheme from X-Forwarded-Proto, and the path from SCRIPT_NAME, of a proxy on its own machine.
# Only dss_web/http/proxies.py decides which proxies are trusted: HAWK clients sign the scheme too.
forwarded_allow_ips = ""
# Whoever comes through a Unix socket would be trusted all the same.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
limit_request_line = 8190
# A socket in the home folder by which others could steer the server: nobody needs it.
control_socket_disable = True
# One JSON line a request comes from the app itself.
accesslog = None
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "dss_web.logs.RequestFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": _settings.dss_log_level},
    "loggers": {"gunicorn.error": {"handlers": [], "propagate": True}},
}

if _settings.dss_metrics_token:
    processes.make_metrics_folder()


def when_ready(server: Any) -> None:
    """gunicorn's hook, before it accepts requests: limit how long idle clients hold a connection, and warn."""
    for warning in _settings.warnings:
        server.log.warning(warning)
    for listener in server.LISTENERS:
        processes.limit_idle_clients(listener.sock, _settings.dss_client_timeout_seconds)


def post_worker_init(worker: Any) -> None:
    """gunicorn's hook in each new worker: load all code, and spare the garbage collector what stays."""
    import_module("dss_web.urls")  # with all views, which Django would load with the first request
    gc_tuning.freeze_loaded_objects()


def child_exit(server: Any, worker: Any) -> None:
    """gunicorn's hook after the end of a worker: remove its part of the metrics that show the present."""
    processes.forget_worker(worker.pid)


def on_exit(server: Any) -> None:
    """gunicorn's hook at its end: remove the metrics' files."""
    processes.remove_metrics_folder()
