"""The Dagster UI, closed to what other sites have somebody's browser do: `python -m infra.dagster_ui`.

It takes the options of `dagster-webserver`. That one carries out mutations sent by GET, and by a form of any site: an
image in a page or a mail was enough to start or delete runs, behind a login too. Here a browser changes something, and
opens a WebSocket, only from the UI's own pages. Programs, which send no word of where they come from, do as before.

With DSS_DAGSTER_UI_KEY it answers only people whom the web app lets in (dss_web/accounts/dagster_access.py): viewers
see it as with `--read-only`, and operators work with it.
"""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster_webserver import cli
from dagster_webserver.webserver import DagsterWebserver
from pydantic import Field

from dss_web.shared.dagster_pass import HEADER, KEY_DESCRIPTION, KEY_PATTERN, DagsterRole, role_of
from dss_web.shared.settings import EnvironmentSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Of `Sec-Fetch-Site`: from a page of the same origin, or typed by the person.
_OWN: Final = frozenset({"same-origin", "none"})
# How many connections each of Dagster's three storages opens beside the one that it holds. Dagster's default is 20: 63
# for a UI that few people look at. A page asks a handful of questions at once; more wait for a few milliseconds.
MORE_CONNECTIONS: Final = 4
# https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1: a policy was violated.
_POLICY_VIOLATION: Final = 1008
_GOING_AWAY: Final = 1001
# As long as the web app believes what SSO has said of somebody (DSS_ACCESS_RECHECK_SECONDS).
_WEBSOCKET_SECONDS: Final = 300
# Where a request's scope has its person's role.
_ROLE: Final = "dss.role"


class DagsterUiSettings(EnvironmentSettings):
    """What the Dagster UI needs besides Dagster's own options."""

    dss_dagster_ui_key: str = Field("", pattern=KEY_PATTERN, repr=False, description=KEY_DESCRIPTION)


class OwnPagesOnly:
    """ASGI middleware that refuses what a browser was told to do by another site."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        refusal = _refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await _refuse(scope, send, *refusal)


async def _refuse(scope: Scope, send: Send, status: int, text: bytes) -> None:
    """Answer a request with a sentence, or close a WebSocket before it is open."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": text.decode()})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _refusal(scope: Scope) -> tuple[int, bytes] | None:
    """The status and text with which a request is refused; None for one that may go on."""
    if scope["type"] not in {"http", "websocket"}:
        return None
    is_safe = scope["type"] == "http" and scope["method"] in _SAFE
    if is_safe and scope["path"].endswith("/graphql") and b"query" in parse_qs(scope["query_string"]):
        return 405, b"Send queries by POST: a link must not change anything."
    if is_safe or _is_from_own_page(dict(scope["headers"])):
        return None
    return 403, b"This was sent by a page of another site. Only the pages of the Dagster UI itself may do so."


def _is_from_own_page(headers: dict[bytes, bytes]) -> bool:
    """Whether no other site is behind a request, by what the browser says; programs say nothing."""
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site.decode("latin-1") in _OWN
    origin = headers.get(b"origin")
    if origin is None:
        return True
    # Browsers before 2020-2023, and WebSockets of some. Behind a proxy that keeps no Host, it says which it was.
    hosts = {headers.get(name, b"").decode("latin-1") for name in (b"host", b"x-forwarded-host")}
    return urlsplit(origin.decode("latin-1")).netloc in hosts - {""}


class PassHolders:
    """ASGI middleware that answers only people with a pass of the web app, and viewers only by reading.

    What a pass allows is in the request's scope, from where `_Webserver` reads it. Outside of OwnPagesOnly.
    """

    def __init__(
        self, app: App, key: str, path_prefix: str = "", websocket_seconds: float = _WEBSOCKET_SECONDS
    ) -> None:
        self._app, self._key, self._websocket_seconds = app, key, websocket_seconds
        # What containers and load balancers ask. It tells the versions of Dagster, and nothing else.
        self._probe = f"{path_prefix}/server_info"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        if scope["type"] not in {"http", "websocket"} or scope["path"] == self._probe:
            await self._app(scope, receive, send)
            return
        role = role_of(self._key, dict(scope["headers"]).get(HEADER.lower().encode(), b"").decode("latin-1"))
        if role == DagsterRole.NONE:
            await _refuse(scope, send, 403, b"Come by the proxy that asks the web app who you are.")
        elif role < DagsterRole.OPERATOR and _changes_without_graphql(scope):
            await _refuse(scope, send, 403, b"You may see the Dagster UI, and change nothing.")
        elif scope["type"] == "http":
            await self._app({**scope, _ROLE: role}, receive, send)
        else:
            # Its person may have lost their access meanwhile. The UI opens another one by itself.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._websocket_seconds):
                    await self._app({**scope, _ROLE: role}, receive, send)
                return
            await send({"type": "websocket.close", "code": _GOING_AWAY, "reason": "ask again whether you may"})


def _changes_without_graphql(scope: Scope) -> bool:
    """Whether a request may change something that Dagster itself may not ask a permission for."""
    return scope["type"] == "http" and scope["method"] not in _SAFE and not scope["path"].endswith("/graphql")


class _Webserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's webserver, as with `--read-only` for people who may only see."""

    def _make_request_context(self, conn: Any) -> WorkspaceRequestContext:
        context = self._process_context
        is_viewer = conn.scope.get(_ROLE, DagsterRole.OPERATOR) < DagsterRole.OPERATOR
        return WorkspaceRequestContext(
            instance=context.instance,
            current_workspace=context.get_current_workspace(),
            process_context=context,
            version=context.version,
            source=conn,
            read_only=is_viewer or context.read_only,
        )


def main() -> None:
    """Start the webserver behind OwnPagesOnly, and behind PassHolders where there is a key."""
    key = DagsterUiSettings.from_environment().dss_dagster_ui_key

    def create_app(
        context: WorkspaceProcessContext, path_prefix: str, live_data_poll_rate: int | None, **options: Any
    ) -> App:
        app = OwnPagesOnly(_Webserver(context, path_prefix, live_data_poll_rate).create_asgi_app(**options))
        return PassHolders(app, key, path_prefix) if key else app

    # The command builds its app by this name, and offers no other place to put something around it.
    vars(cli)["create_app_from_workspace_process_context"] = create_app
    # What uvicorn has to say is handed on to the log of the process, which has JSON lines.
    for logger in vars(cli)["uvicorn"].config.LOGGING_CONFIG["loggers"].values():
        logger.update(handlers=[], propagate=True)
    os.environ.setdefault("DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW", str(MORE_CONNECTIONS))
    cli.cli(auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
