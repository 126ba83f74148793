"""Fetch a whole table into SCHEMA.TABLE.csv and check that all of it came: python3 export_table.py SCHEMA TABLE"""

import hashlib
import io
import logging
import os
import re
import sys
from urllib.parse import quote

import mohawk
import requests

logging.getLogger("mohawk").setLevel(logging.ERROR)  # it warns that answers have no nonce of their own; none has
credentials = {"id": os.environ["HAWK_ID"], "key": os.environ["HAWK_KEY"], "algorithm": "sha256"}


def signed_get(url: str, *, stream: bool = False) -> requests.Response:
    """An answer whose own signature is right; that of a stream covers its id, which names the receipt."""
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    answer = requests.get(url, headers={"Authorization": sender.request_header}, timeout=300, stream=stream)
    if answer.status_code != 200:
        sys.exit(f"{answer.status_code} {answer.text} (request {answer.headers.get('X-Request-ID')})")
    sender.accept_response(
        answer.headers["Server-Authorization"],
        content=None if stream else io.BytesIO(answer.content),
        content_type=None if stream else answer.headers["Content-Type"],
        accept_untrusted_content=stream,
        timestamp_skew_in_seconds=300,
    )
    return answer


schema, table = sys.argv[1:]
url = f"{os.environ['API_URL']}/api/v1/table-export/{quote(schema, safe='')}/{quote(table, safe='')}"
digest = hashlib.sha256()
name = f"{schema}.{table}.csv"
with open(f"{name}.part", "wb") as file:
    export = signed_get(f"{url}?format=csv", stream=True)
    for block in export.iter_content(2**20):  # without its Content-Encoding, as the receipt counts it
        digest.update(block)
        file.write(block)
(identifier,) = re.findall(r'ext="([^"]+)"', export.headers["Server-Authorization"])
receipt = signed_get(f"{url}/receipts/{identifier}").json()
if receipt["state"] != "complete" or receipt["sha256"] != digest.hexdigest():
    sys.exit(f"{name}.part is not all that was sent: {receipt}")
os.replace(f"{name}.part", name)
print(f"{receipt['rows']} rows of {schema}.{table}")
