"""HAWK clients with their keys and scopes. Their keys are encrypted here, and clients sign with them as before."""

from collections.abc import Iterator
from typing import Any

from dss_web.api.routes import ROUTES
from dss_web.hawk.client_ids import ALLOWED, is_client_id
from dss_web.hawk.keys import Undecryptable, decrypt, replace_keys
from dss_web.hawk.models import HawkClient
from dss_web.hawk.scopes import problem_of
from dss_web.moving_in.former import Former
from dss_web.moving_in.things import Thing

# What opens something here besides the named routes.
_SCOPES = {"*", "get_table_data", "get_table_structure", *(route.scope for route in ROUTES)}
# What `add_hawk_client` asks for at least.
_KEY_CHARACTERS = 16


class Clients:
    """Clients of the API."""

    name = "client"
    title = "API clients"

    def __init__(self, former: Former) -> None:
        self._former = former

    def things(self) -> Iterator[Thing]:
        """Each client by its id, with what an operator should know of it."""
        for row in self._former.rows("public", "hawk_users", "id"):
            scopes = [scope for scope in row["scope"] or [] if scope]
            theirs = {"key": row["key"], "scope": scopes, "description": row["description"]}
            yield Thing(row["id"], theirs, theirs, [*_remarks(row["key"] or "", scopes)], _problem(row["id"]))

    def ours(self, thing: Thing) -> Any:
        """A client's scopes, description and keys."""
        client = HawkClient.objects.filter(id=thing.name).first()
        if client is None:
            return None
        keys = [_secret(key.secret) for key in client.keys.live().order_by("id")]
        return {"scope": client.scope, "description": client.description, "keys": keys}

    def write(self, thing: Thing) -> None:
        """Let the client in with its key, and with those of its scopes that are some here."""
        scopes = [scope for scope in thing.row["scope"] if not problem_of(scope)]
        values = {"scope": scopes, "description": thing.row["description"] or ""}
        HawkClient.objects.update_or_create(id=thing.name, defaults=values)
        if thing.row["key"]:
            replace_keys(thing.name, thing.row["key"])


def _secret(encrypted: str) -> str:
    try:
        return decrypt(encrypted).decode()
    except Undecryptable:
        return "unknown"


def _problem(identifier: str) -> str:
    return "" if is_client_id(identifier) else f"No HAWK header can have this id, which is not {ALLOWED}."


def _remarks(key: str, scopes: list[str]) -> Iterator[str]:
    if not key:
        yield "It has no key, with which anybody could have signed, and gets none. Make one for it."
    elif len(key) < _KEY_CHARACTERS:
        yield f"Its key has {len(key)} characters, which can be guessed. It works as before; rotate it."
    if not scopes:
        yield "It has no scopes and reads nothing."
    if dropped := [scope for scope in scopes if problem_of(scope)]:
        yield f"Not brought, since they are no scopes: {', '.join(map(repr, dropped))}."
    if unknown := [scope for scope in scopes if not problem_of(scope) and scope not in _SCOPES]:
        yield f"Scopes that open no route of the Flask service's contract: {', '.join(unknown)}."
