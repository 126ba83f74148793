"""An API that signs its answers as ours does, and can be told to answer in ways in which ours must not."""

import io
import json
from typing import Any

import mohawk
from werkzeug.wrappers import Response

from infra.local.http import HttpServer, Request

READER = ("reader", "the key of the reader")


class SignedApi(HttpServer):
    """Serves one table. `pages` maps a request's target to its answer's JSON."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[dict[str, str]] = []
        self.pages: dict[str, dict[str, Any]] = {}
        self.signing_key: str | None = READER[1]
        self.seen_content_types: set[str | None] = set()

    def answer(self, request: Request) -> Response:
        self.seen_content_types.add(request.headers.get("Content-Type"))
        receiver = mohawk.Receiver(
            lambda caller: {"id": caller, "key": READER[1], "algorithm": "sha256"},
            request.headers["Authorization"],
            request.signed_url,
            request.method,
            content=io.BytesIO(request.get_data()),
            content_type=request.headers.get("Content-Type"),
        )
        if "/table-structure/" in request.path:
            content = json.dumps({"columns": self.columns}).encode()
        else:
            content = json.dumps(self.pages[request.target]).encode()
        headers = {"Content-Type": "application/json"}
        if self.signing_key is not None:
            receiver.resource.credentials["key"] = self.signing_key
            signature = receiver.respond(content=io.BytesIO(content), content_type="application/json")
            headers["Server-Authorization"] = signature
        return Response(content, headers=headers)
