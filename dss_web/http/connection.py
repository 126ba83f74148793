"""The connection on which a request came."""

import socket
import struct

from django.http import HttpRequest

# l_onoff and l_linger of SO_LINGER: closing sends RST, not FIN, and drops what is not sent yet.
_RESET_WHEN_CLOSED = struct.pack("ii", 1, 0)


def reset(request: HttpRequest) -> None:
    """Break the connection of an HTTP/1.0 client off, in the middle of a body whose length it does not know.

    Such a body has no chunks, and the end of the connection is its end (RFC 9112, 6.3): the client, or a proxy that
    asks in HTTP/1.0, as nginx did by default before 1.29.7, would take what it has for all. In HTTP/1.1 the last chunk
    is missing, and the connection ends as usual.
    """
    if request.META.get("SERVER_PROTOCOL") != "HTTP/1.0":
        return
    connection: socket.socket | None = request.META.get("gunicorn.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_WHEN_CLOSED)
        connection.close()
