"""The Dagster UI behind nginx and the login of the web app: who sees it, who changes something, and who does not."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from dss_web.shared import dagster_pass
from dss_web.shared.dagster_pass import HEADER, DagsterRole
from infra.dagster_ui import Message, PassHolders
from infra.local.postgres import Postgres
from infra.local.sso.people import Person
from tests.deployment.test_dagster_ui import ADD, KNOWN
from tests.parts.dagster_ui import running_dagster_ui
from tests.parts.proxied_site import running_proxied_site
from tests.parts.proxy import NAME, Proxy
from tests.parts.site import ADMINISTRATOR, COLLEAGUE, READER, UPLOADER, Site, Visitor

KEY = "a-key-of-tests-between-the-web-app-and-the-Dagster-UI"
VIEWER, OPERATOR = READER, UPLOADER


class Ui:
    """The Dagster UI: by the proxy, and where only the proxy should come."""

    def __init__(self, site: Site, proxy: Proxy, direct: str) -> None:
        self.site, self.proxy, self.direct = site, proxy, direct

    @property
    def graphql(self) -> str:
        return f"{self.proxy.url}/dagster/graphql"

    @cache  # noqa: B019 one object for the whole module
    def visitor(self, person: Person | None) -> Visitor:
        """Somebody who is logged in, or nobody. The same for all tests: a login takes seconds."""
        visitor = Visitor(self.site)
        visitor.http = self.proxy.session()
        if person:
            visitor.get("/login", person=person)
        return visitor

    def give(self, person: Person, *profiles: str) -> None:
        """Let the person have these access profiles at SSO from now on."""
        access = self.site.log.parent / "sso/access"
        access.mkdir(exist_ok=True)
        (access / person.user_id).write_text("\n".join(profiles))

    def add(self, visitor: Visitor, name: str, **headers: str) -> requests.Response:
        return visitor.http.post(self.graphql, json={"query": ADD % name}, headers=headers, timeout=60)

    def partitions(self) -> set[str]:
        answer = requests.post(
            f"{self.direct}/dagster/graphql",
            json={"query": KNOWN},
            headers={HEADER: dagster_pass.issue(KEY, DagsterRole.VIEWER)},
            timeout=60,
        ).json()
        return {key for node in answer["data"]["assetNodes"] for key in node["partitionKeys"]}


@pytest.fixture(scope="module")
def ui(
    postgres_server: Postgres, migrated_template: str, static_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("dagster-login")
    (home := folder / "dagster").mkdir()
    with (
        running_dagster_ui(home, "/dagster", DSS_DAGSTER_UI_KEY=KEY) as direct,
        running_proxied_site(
            postgres_server,
            migrated_template,
            "dagster_login",
            static_folder,
            folder,
            dagster_url=direct,
            DSS_DAGSTER_UI_KEY=KEY,
            # SSO is asked with each request.
            DSS_ACCESS_RECHECK_SECONDS="0",
        ) as (_, proxy, site),
    ):
        ui = Ui(site, proxy, direct)
        ui.give(VIEWER, "dss-dagster-viewer")
        ui.give(OPERATOR, "dss-dagster-operator")
        yield ui
    postgres_server.drop_database("dagster_login")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def test_whoever_is_not_logged_in_logs_in_and_comes_back_to_the_same_page(ui: Ui, page: Page) -> None:
    page.goto(f"{ui.proxy.url}/dagster/assets?asset-selection=key%3Atrees&view=list")
    page.get_by_role("button", name=OPERATOR.first_name).click()

    page.wait_for_url(f"{ui.proxy.url}/dagster/assets?**")
    assert "asset-selection=key%3Atrees&view=list" in page.url
    expect(page.get_by_text("trees").first).to_be_visible()


@pytest.mark.parametrize(("person", "may"), [(VIEWER, False), (OPERATOR, True)], ids=["viewer", "operator"])
def test_the_pages_offer_what_the_person_may(ui: Ui, page: Page, person: Person, may: bool) -> None:
    page.goto(f"{ui.proxy.url}/dagster/assets/trees")
    page.get_by_role("button", name=person.first_name).click()

    materialise = page.get_by_role("button", name="Materialize").first
    expect(materialise).to_be_visible()
    expect(materialise).to_be_enabled(enabled=may)


def test_a_viewer_changes_nothing(ui: Ui) -> None:
    viewer = ui.visitor(VIEWER)

    refused = ui.add(viewer, "yew").json()["data"]["addDynamicPartition"]
    reported = viewer.http.post(f"{ui.proxy.url}/dagster/report_asset_materialization/trees?partition=a", timeout=60)

    assert (refused["__typename"], reported.status_code) == ("UnauthorizedError", 403)
    assert "yew" not in ui.partitions()
    assert viewer.http.post(ui.graphql, json={"query": KNOWN}, timeout=60).json()["data"]["assetNodes"]


@pytest.mark.parametrize("person", [OPERATOR, ADMINISTRATOR], ids=["operator", "administrator"])
def test_operators_and_administrators_change_things(ui: Ui, person: Person) -> None:
    added = ui.add(ui.visitor(person), person.first_name).json()["data"]["addDynamicPartition"]

    assert added["__typename"] == "AddDynamicPartitionSuccess"
    assert person.first_name in ui.partitions()


def test_whoever_has_no_role_there_reads_why_and_whom_to_ask(ui: Ui) -> None:
    colleague = ui.visitor(COLLEAGUE)

    shown = colleague.http.get(f"{ui.proxy.url}/dagster/", timeout=60)

    assert (shown.status_code, "You cannot see the Dagster UI" in shown.text) == (403, True)
    assert ui.add(colleague, "ash").status_code == 403


def test_a_script_of_a_session_that_has_ended_is_told_so_and_not_led_to_sso(ui: Ui) -> None:
    nobody = ui.visitor(None)

    answer = ui.add(nobody, "ash", **{"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.history) == (401, [])


def test_access_that_is_taken_away_at_sso_ends(ui: Ui) -> None:
    operator = ui.visitor(OPERATOR)
    ui.give(OPERATOR, "dss-dagster-viewer")
    assert ui.add(operator, "fir").json()["data"]["addDynamicPartition"]["__typename"] == "UnauthorizedError"
    ui.give(OPERATOR)
    assert ui.add(operator, "fir").status_code == 403
    ui.give(OPERATOR, "dss-dagster-operator")
    assert ui.add(operator, "fir").status_code == 200


def forged() -> dict[str, str]:
    """Passes that nobody with the key has given."""
    genuine = dagster_pass.issue(KEY, DagsterRole.VIEWER)
    return {
        "none": "",
        "a word": "operator",
        "another key": dagster_pass.issue("another-key-which-is-as-long-as-that", DagsterRole.OPERATOR),
        "another role": genuine.replace("viewer", "operator"),
        "another time": genuine.replace(".", ".1", 1),
    }


def test_a_header_that_the_client_sends_itself_is_not_believed(ui: Ui) -> None:
    viewer, nobody = ui.visitor(VIEWER), ui.visitor(None)
    for kind, text in forged().items():
        headers = {HEADER: text}
        direct = requests.post(f"{ui.direct}/dagster/graphql", json={"query": ADD % "oak"}, headers=headers, timeout=60)
        assert direct.status_code == 403, kind
        refused = ui.add(viewer, "oak", **headers)
        assert refused.json()["data"]["addDynamicPartition"]["__typename"] == "UnauthorizedError", kind
        assert ui.add(nobody, "oak", **headers).status_code == 401, kind
    assert "oak" not in ui.partitions()


def test_a_pass_counts_for_a_minute(ui: Ui, monkeypatch: pytest.MonkeyPatch) -> None:
    given = dagster_pass.issue(KEY, DagsterRole.OPERATOR)
    now = time.time()
    assert dagster_pass.role_of(KEY, given) == DagsterRole.OPERATOR
    monkeypatch.setattr(time, "time", lambda: now + dagster_pass.VALID_SECONDS + 2)
    assert dagster_pass.role_of(KEY, given) == DagsterRole.NONE
    monkeypatch.undo()
    # The person never sees it.
    answer = ui.visitor(VIEWER).http.get(f"{ui.proxy.url}/dagster/", timeout=60)
    assert HEADER not in answer.headers
    assert not {name for name in answer.headers if name.lower().startswith("x-dss")}


@pytest.mark.parametrize(("person", "status"), [(VIEWER, b"101"), (COLLEAGUE, b"403"), (None, b"401")])
def test_a_websocket_is_opened_by_those_who_may_see_it(ui: Ui, person: Person | None, status: bytes) -> None:
    visitor = ui.visitor(person)
    lines = [
        "GET /dagster/graphql HTTP/1.1",
        f"Host: {NAME}:{ui.proxy.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: graphql-ws",
        "Sec-Fetch-Mode: websocket",
        f"Origin: {ui.proxy.url}",
        f"Cookie: {'; '.join(f'{cookie.name}={cookie.value}' for cookie in visitor.http.cookies)}",
    ]
    context = ssl.create_default_context(cafile=str(ui.proxy.authority))
    with (
        socket.create_connection(("127.0.0.1", ui.proxy.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=NAME) as connection,
    ):
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert connection.recv(4096).split(b" ", 2)[1] == status


def test_a_websocket_ends_so_that_its_person_is_asked_for_again() -> None:
    sent: list[Message] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await asyncio.sleep(3)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    given = dagster_pass.issue(KEY, DagsterRole.VIEWER).encode()
    scope = {"type": "websocket", "path": "/graphql", "headers": [(HEADER.lower().encode(), given)]}
    ended = PassHolders(app, KEY, websocket_seconds=0.01)(scope, receive, send)
    # In a thread of its own: in this one Playwright's loop may run.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, ended).result()

    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]


def test_containers_ask_whether_it_lives_without_a_pass(ui: Ui) -> None:
    assert requests.get(f"{ui.direct}/dagster/server_info", timeout=60).status_code == 200
    assert requests.get(f"{ui.direct}/dagster/", timeout=60).status_code == 403
