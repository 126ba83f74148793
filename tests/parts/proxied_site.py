"""The web app behind nginx and SSO, as people reach it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.parts.proxy import NAME, Proxy, running_nginx
from tests.parts.service import Service, running
from tests.parts.site import CLIENT_ID, CLIENT_SECRET, Site, running_sso
from tests.parts.worker import running_worker


@contextmanager
def running_proxied_site(
    postgres: Postgres,
    template: str,
    name: str,
    static_folder: Path,
    folder: Path,
    replacing: tuple[str, str] = ("", ""),
    dagster_url: str = "",
    **more: str,
) -> Iterator[tuple[Service, Proxy, Site]]:
    """A site with a database `name` of its own, of which all but the database lies in `folder`.

    `replacing` and `dagster_url` are as for `running_nginx`; `more` are settings besides the usual ones.
    """
    postgres.create_database(name, template=template)
    database_url, storage_url = postgres.url(name), (folder / "storage").as_uri()
    port = free_port()
    with running_sso(folder, f"https://{NAME}:{port}") as sso_url:
        settings = {
            "AUTHBROKER_URL": sso_url,
            "AUTHBROKER_CLIENT_ID": CLIENT_ID,
            "AUTHBROKER_CLIENT_SECRET": CLIENT_SECRET,
            "DSS_ALLOWED_HOSTS": f"{NAME},127.0.0.1",
            "DSS_STATIC_FOLDER": str(static_folder),
            "DSS_TRUSTED_PROXIES": "127.0.0.1",
            "DSS_WEB_URL": f"https://{NAME}:{port}",
            "S3_BUCKET_URL": storage_url,
            **more,
        }
        with (
            running_worker(folder, database_url, storage_url),
            running(database_url, folder, **settings) as app,
            running_nginx(folder / "nginx", app.url, port, replacing, dagster_url) as proxy,
        ):
            yield app, proxy, Site(proxy.url, sso_url, database_url, storage_url, app.log)
