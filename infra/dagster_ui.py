"""The Dagster UI, closed to what other sites have somebody's browser do: `python -m infra.dagster_ui`.

It takes the options of `dagster-webserver`. That one carries out mutations sent by GET, and by a form of any site: an
image in a page or a mail was enough to start or delete runs, behind a login too. Here a browser changes something, and
opens a WebSocket, only from the UI's own pages. Programs, which send no word of where they come from, do as before.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from dagster_webserver import cli
from dagster_webserver.app import create_app_from_workspace_process_context

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


class OwnPagesOnly:
    """ASGI middleware that refuses what a browser was told to do by another site."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or hand it on."""
        refusal = _refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "another site"})
        else:
            status, text = refusal
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


def main() -> None:
    """Start the webserver, with every request going through OwnPagesOnly."""

    def create_app(*args: Any, **options: Any) -> App:
        return OwnPagesOnly(create_app_from_workspace_process_context(*args, **options))

    # The command builds its app by this name, and offers no other place to put something around it.
    vars(cli)["create_app_from_workspace_process_context"] = create_app
    # What uvicorn has to say is handed on to the log of the process, which has JSON lines.
    for logger in vars(cli)["uvicorn"].config.LOGGING_CONFIG["loggers"].values():
        logger.update(handlers=[], propagate=True)
    os.environ.setdefault("DAGSTER_WEBSERVER_DB_POOL_MAX_OVERFLOW", str(MORE_CONNECTIONS))
    cli.cli(auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
