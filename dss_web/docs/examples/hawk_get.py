"""GET a URL, signed with HAWK by the standard library only, and check the response: python3 hawk_get.py URL"""

import base64
import hashlib
import hmac
import os
import re
import secrets
import signal
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit


def payload_hash(content_type: str, body: bytes) -> str:
    """The hash of a body and its type, the latter in lower case and without parameters such as charset."""
    kind = content_type.partition(";")[0].strip().lower()
    digest = hashlib.sha256(f"hawk.1.payload\n{kind}\n".encode() + body + b"\n").digest()
    return base64.b64encode(digest).decode()


def mac(what: str, key: str, ts: int, nonce: str, url: str, hash: str = "", ext: str = "") -> str:
    """The MAC of a GET: `what` is `header` for the request, and `response` for the response."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    lines = [f"hawk.1.{what}", str(ts), nonce, "GET", target, parts.hostname or "", str(port), hash, ext]
    text = "".join(f"{line}\n" for line in lines)
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def signed_get(url: str, identifier: str, key: str) -> bytes:
    """The body of the response, when its signature is checked."""
    ts, nonce = int(time.time()), secrets.token_urlsafe(9)
    header = f'Hawk id="{identifier}", ts="{ts}", nonce="{nonce}", mac="{mac("header", key, ts, nonce, url)}"'
    try:
        response = urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": header}), timeout=300)
    except urllib.error.HTTPError as error:
        sys.exit(f"{error.code} {error.read().decode()} (request {error.headers['X-Request-ID']})")
    body: bytes = response.read()
    signature = dict(re.findall(r'(\w+)="([^"]*)"', response.headers["Server-Authorization"] or ""))
    hash = payload_hash(response.headers["Content-Type"], body)
    expected = mac("response", key, ts, nonce, url, hash, signature.get("ext", ""))
    if not hmac.compare_digest(signature.get("mac", ""), expected):
        sys.exit("The response's signature is wrong: somebody changed it, or the key is not this one")
    return body


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when `head` has read enough
    print(signed_get(sys.argv[1], os.environ["HAWK_ID"], os.environ["HAWK_KEY"]).decode())
