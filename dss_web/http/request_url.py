"""The URL by which a client reached us, and its address. HAWK's MAC covers the URL, and `next` repeats it."""

from urllib.parse import urlsplit

from django.http import HttpRequest


def origin(request: HttpRequest) -> str:
    """Scheme, host and port as the client wrote them, as in `https://example.com:8443`.

    Behind trusted proxies (`dss_web.http.proxies`), those by which it reached the outermost of them.
    """
    return f"{request.scheme}://{request.get_host()}"


def client_address(request: HttpRequest) -> str:
    """The IP address from which the request came: the nearest that is not a trusted proxy's.

    Empty behind a proxy that connects through a Unix socket and names no client.
    """
    address: str = request.META.get("REMOTE_ADDR", "")
    return address


def raw_target(request: HttpRequest) -> str:
    """Path and query letter for letter as sent, which is what a client signs.

    Django decodes the path; `%20` and `%2d` would come back differently, and the MAC would not match.
    """
    target: str = request.META.get("RAW_URI") or request.get_full_path()
    if not target.startswith("/"):  # the absolute form, as clients send it to proxies
        parts = urlsplit(target)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
    return target


def raw_path(request: HttpRequest) -> str:
    """The path as sent, without the query."""
    return raw_target(request).partition("?")[0]
