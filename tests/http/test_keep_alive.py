"""How long an idle connection stays open: longer than proxies and load balancers use theirs."""

import http.client
import re
import time
from urllib.parse import urlsplit

from dss_web.configuration import WebSettings
from tests.conftest import REPOSITORY
from tests.parts.service import Service

# Of AWS's application load balancer, seen 2026-11-26:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
# ingress-nginx has the same for its upstreams.
IDLE_SECONDS_OF_LOAD_BALANCERS = 60
# After which the web app closed connections once.
FORMER_SECONDS = 5


def test_an_idle_connection_is_closed_by_the_proxy_before_the_web_app_closes_it() -> None:
    ours = WebSettings.model_fields["dss_web_keepalive_seconds"].default
    template = (REPOSITORY / "infra" / "nginx" / "data-store-service.conf.template").read_text()
    (nginx,) = map(int, re.findall(r"^ *keepalive_timeout (\d+)s;", template, re.MULTILINE))

    assert nginx < ours
    assert ours >= IDLE_SECONDS_OF_LOAD_BALANCERS + 15


def test_a_connection_that_was_idle_for_more_than_five_seconds_is_served(service: Service) -> None:
    address = urlsplit(service.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", "/healthcheck/")
    connection.getresponse().read()
    opened = connection.sock

    time.sleep(FORMER_SECONDS + 0.5)
    connection.request("GET", "/healthcheck/")
    answer = connection.getresponse()
    answer.read()

    assert (answer.status, connection.sock) == (200, opened)
    connection.close()
