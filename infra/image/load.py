"""Load what the image's processes load, and collect the static files; run as the image is built, by root.

With PYTHONDONTWRITEBYTECODE empty, Python writes the byte-code of each module that is loaded: with it Dagster starts in
a third of the time. That of all modules would be 35 MB more. What a process loads besides these it compiles each time.
"""

import os
from importlib import import_module
from typing import Final

# Enough to start with; nothing is connected to.
SETTINGS: Final = {
    "AUTHBROKER_CLIENT_ID": "build",
    "AUTHBROKER_CLIENT_SECRET": "build",
    "AUTHBROKER_URL": "http://127.0.0.1:9",
    "DATAFLOW_BASE_URL": "http://127.0.0.1:9",
    "DATAFLOW_HAWK_ID": "build",
    "DATAFLOW_HAWK_KEY": "build",
    "DJANGO_SETTINGS_MODULE": "dss_web.settings",
    "DSS_APP_SECRET_KEY": "build",
    "DSS_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nowhere",
    "DSS_HAWK_ENCRYPTION_KEYS": "Zm9yIGNoZWNrcyBhbmQgZm9yIGJ1aWxkcywgYWxvbmU=",
    "DSS_WEB_URL": "http://127.0.0.1:9",
    "S3_BUCKET_URL": "file:///nowhere",
}
# The commands of the processes in docs/deploy.md, and what they load only when they have something to do.
MODULES: Final = (
    "dagster._cli.api",
    "dagster._core.execution.api",
    "dagster._daemon.cli",
    "dagster._daemon.controller",
    "dagster._grpc.server",
    "dagster_postgres",
    "dagster_webserver.cli",
    "django.core.management",
    "dss_assets.__main__",
    "dss_assets.definitions",
    "dss_web.urls",
    "dss_web.wsgi",
    "dss_web.worker.management.commands.work",
    "grpc_health.v1.health_pb2_grpc",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "infra.dagster_ui",
    "psycopg_pool",
    "pyarrow.parquet",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)


def main() -> None:
    """Load them all, and put the static files into DSS_STATIC_FOLDER."""
    os.environ.update(SETTINGS)
    import_module("django").setup()
    for module in MODULES:
        import_module(module)
    import_module("django.core.management").call_command("collectstatic", "--no-input", verbosity=0)


if __name__ == "__main__":
    main()
