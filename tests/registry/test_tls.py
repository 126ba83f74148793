"""Both halves connect with `sslmode=verify-full`, and to nobody but the server whose certificate they know."""

import asyncio
import ssl
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import pytest
import trustme

from dss_assets.database import Database
from dss_assets.errors import TransientError
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from tests.parts.manage import manage

# https://www.postgresql.org/docs/18/protocol-message-formats.html: SSLRequest. Anything else there is GSSENCRequest.
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@dataclass
class TlsEnd:
    """TLS in front of a Postgres whose build has none (that of the tests), as a server itself begins it."""

    port: int
    postgres_port: int
    context: ssl.SSLContext
    listens: Event = field(default_factory=Event)

    async def serve(self) -> None:
        async with await asyncio.start_server(self._connect, "127.0.0.1", self.port) as server:
            self.listens.set()
            await server.serve_forever()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readexactly(8) != SSL_REQUEST:
                writer.write(b"N")
            writer.write(b"S")
            await writer.start_tls(self.context)
            behind, to_postgres = await asyncio.open_connection("127.0.0.1", self.postgres_port)
            await asyncio.gather(_pass_on(reader, to_postgres), _pass_on(behind, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    return made


@pytest.fixture
def tls_url(postgres_server: Postgres, database_url: str, authority: trustme.CA) -> Iterator[str]:
    """The database as it is reached over TLS. The certificate is one for 127.0.0.1."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    end = TlsEnd(free_port(), postgres_server.port, context)
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_until_complete, args=[_until_cancelled(end)], daemon=True)
    thread.start()
    assert end.listens.wait(30)
    yield database_url.replace(f":{postgres_server.port}/", f":{end.port}/")
    for task in asyncio.all_tasks(loop):
        loop.call_soon_threadsafe(task.cancel)
    thread.join()
    loop.close()


async def _until_cancelled(end: TlsEnd) -> None:
    with suppress(asyncio.CancelledError):
        await end.serve()


def test_both_halves_verify_whose_server_it_is(tls_url: str, tmp_path: Path) -> None:
    verified = f"{tls_url}?sslmode=verify-full&sslrootcert={tmp_path / 'authority.pem'}"
    with Database(verified).connect("test") as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT 1").fetchone() == (1,)
    listed = manage(verified, "list_hawk_keys")
    assert listed.returncode == 0, listed.stderr

    trustme.CA().cert_pem.write_to_path(tmp_path / "another.pem")
    wrong = verified.replace("authority.pem", "another.pem")
    with pytest.raises(TransientError, match="certificate"), Database(wrong).connect("test"):
        pass
    elsewhere = verified.replace("@127.0.0.1", "@localhost")
    with pytest.raises(TransientError, match="localhost"), Database(elsewhere).connect("test"):
        pass
    assert manage(wrong, "list_hawk_keys").returncode == 1
