"""The published vectors of HAWK: mohawk, and our verification of its header, agree with them.

Source: https://github.com/mozilla/hawk/blob/main/API.md (seen 2026-11).
"""

import mohawk
import pytest
from mohawk.util import calculate_payload_hash

CREDENTIALS = {"id": "dh37fgj492je", "key": "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn", "algorithm": "sha256"}
URL = "http://example.com:8000/resource/1?b=1&a=2"


def receive(header: str, method: str, content: str, content_type: str) -> mohawk.Receiver:
    return mohawk.Receiver(
        lambda _: CREDENTIALS,
        header,
        URL,
        method,
        content=content,
        content_type=content_type,
        timestamp_skew_in_seconds=10**10,
        seen_nonce=lambda *_: False,
    )


HEADER = 'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", '
GET_MAC = "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="
POST_MAC = "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw="
POST_HASH = "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY="
EMPTY_HASH = "B0weSUXsMcb5UhL41FZbrUJCAotzSI3HawE1NPLRUz8="


def test_the_published_get_is_accepted() -> None:
    receive(f'{HEADER}mac="{GET_MAC}"', "GET", "", "")
    with pytest.raises(mohawk.exc.MacMismatch):
        receive(f'{HEADER}mac="{POST_MAC}"', "GET", "", "")


def test_the_published_post_is_accepted() -> None:
    header = f'{HEADER}hash="{POST_HASH}", mac="{POST_MAC}"'

    receive(header, "POST", "Thank you for flying Hawk", "text/plain")
    with pytest.raises(mohawk.exc.MisComputedContentHash):
        receive(header, "POST", "Thank you for flying Dove", "text/plain")


def test_the_hash_of_nothing_is_the_published_one() -> None:
    assert calculate_payload_hash("", "sha256", "") == EMPTY_HASH.encode()
