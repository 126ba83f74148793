"""What stands before a database on RDS with IAM: TLS alone, and a token where a password was, which is verified.

Behind it is the Postgres of the tests. The rules of a token are written down here a second time, from
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html (seen 2026-11-26), with the service rds-db.
"""

import contextlib
import hashlib
import hmac
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import trustme

from infra.local.postgres import Postgres
from tests.parts.relay import listening

KEY_ID, SECRET_KEY, REGION = "AKIDOFTESTS", "a secret key of tests", "eu-west-2"
# In place of the name that RDS gives to a database.
HOST = "localhost"
# https://www.postgresql.org/docs/18/protocol-message-formats.html
_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_CLEARTEXT_PASSWORD = b"R" + struct.pack("!ii", 8, 3)


@dataclass
class Rds:
    """A database behind IAM. `tokens` are those that it took, in their order."""

    port: int
    authority: Path
    valid_seconds: float = 900
    tokens: list[str] = field(default_factory=list)

    def url(self, database: str, scheme: str = "postgresql", user: str = "postgres") -> str:
        """Without a password, and with TLS whose certificate is verified."""
        return f"{scheme}://{user}@{HOST}:{self.port}/{database}?sslmode=verify-full&sslrootcert={self.authority}"

    def why_not(self, user: str, token: str) -> str:
        """Why RDS would refuse the token of the user who connects; "" where it takes it."""
        address = urlsplit(f"https://{token}")
        said = dict(parse_qsl(address.query))
        signature = said.pop("X-Amz-Signature", "")
        signed_at = said.get("X-Amz-Date", "19700101T000000Z")
        scope = f"{signed_at[:8]}/{REGION}/rds-db/aws4_request"
        query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(said.items()))
        request = f"GET\n/\n{query}\nhost:{HOST}:{self.port}\n\nhost\n{hashlib.sha256(b'').hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{signed_at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{SECRET_KEY}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        age = time.time() - datetime.strptime(signed_at, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
        rules = {
            "not for this host and port": address.netloc == f"{HOST}:{self.port}",
            "not to connect": said.get("Action") == "connect",
            "not for this user": said.get("DBUser") == user,
            "not for this key and region": said.get("X-Amz-Credential") == f"{KEY_ID}/{scope}",
            "not signed with this key": hmac.compare_digest(
                signature, hmac.new(key, text.encode(), "sha256").hexdigest()
            ),
            "too old": age <= min(self.valid_seconds, int(said.get("X-Amz-Expires", 0))),
        }
        return ", ".join(why for why, holds in rules.items() if not holds)


@contextmanager
def running_rds(postgres: Postgres, folder: Path) -> Iterator[Rds]:
    """A database of RDS, whose data are those of `postgres`. It ends with the block."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "rds.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    rds = Rds(0, folder / "rds.pem")

    def serve_one(client: socket.socket) -> None:
        # Who goes away within a message leaves half of it.
        with contextlib.suppress(struct.error):
            _serve(rds, client, context, postgres.port)

    with listening(serve_one) as rds.port:
        yield rds


def _serve(rds: Rds, plain: socket.socket, context: ssl.SSLContext, postgres_port: int) -> None:
    code, startup = _first_message(plain)
    while code == _GSS_REQUEST:
        plain.sendall(b"N")
        code, startup = _first_message(plain)
    if code != _SSL_REQUEST:
        plain.sendall(_refusal("no pg_hba.conf entry for host, no encryption"))
        return
    plain.sendall(b"S")
    with context.wrap_socket(plain, server_side=True) as client:
        _, startup = _first_message(client)
        client.sendall(_CLEARTEXT_PASSWORD)
        _, length = struct.unpack("!ci", _exactly(client, 5))
        token = _exactly(client, length - 4).rstrip(b"\0").decode()
        words = startup[8:].split(b"\0")
        user = dict(zip(words[::2], words[1::2], strict=False))[b"user"].decode()
        if why := rds.why_not(user, token):
            client.sendall(_refusal(f'PAM authentication failed for user "{user}": {why}'))
            return
        rds.tokens.append(token)
        with socket.create_connection(("127.0.0.1", postgres_port)) as server:
            server.sendall(startup)
            threading.Thread(target=_pump, args=(client, server), daemon=True).start()
            _pump(server, client)


def _first_message(client: socket.socket) -> tuple[int, bytes]:
    """Its code, or version of the protocol, and the whole message."""
    head = _exactly(client, 8)
    length, code = struct.unpack("!ii", head)
    return code, head + _exactly(client, length - 8)


def _exactly(client: socket.socket, count: int) -> bytes:
    read = b""
    while len(read) < count:
        if not (data := client.recv(count - len(read))):
            raise ConnectionResetError
        read += data
    return read


def _refusal(text: str) -> bytes:
    fields = b"".join(
        kind + value + b"\0" for kind, value in ((b"S", b"FATAL"), (b"C", b"28000"), (b"M", text.encode()))
    )
    return b"E" + struct.pack("!i", len(fields) + 5) + fields + b"\0"


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
