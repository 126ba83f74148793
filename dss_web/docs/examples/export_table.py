"""Fetch a whole table into SCHEMA.TABLE.csv and check that it is complete: python3 export_table.py SCHEMA TABLE"""

import hashlib
import io
import logging
import os
import re
import sys
from urllib.parse import quote

import mohawk
import requests

logging.getLogger("mohawk").setLevel(logging.ERROR)  # it warns that responses have no nonce of their own
credentials = {"id": os.environ["HAWK_ID"], "key": os.environ["HAWK_KEY"], "algorithm": "sha256"}


def signed_get(url: str, *, stream: bool = False) -> requests.Response:
    """A response with a valid signature; that of a stream covers its id, which names the receipt."""
    sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
    response = requests.get(url, headers={"Authorization": sender.request_header}, timeout=300, stream=stream)
    if response.status_code != 200:
        sys.exit(f"{response.status_code} {response.text} (request {response.headers.get('X-Request-ID')})")
    sender.accept_response(
        response.headers.get("Server-Authorization", ""),
        content=None if stream else io.BytesIO(response.content),
        content_type=None if stream else response.headers["Content-Type"],
        accept_untrusted_content=stream,
        timestamp_skew_in_seconds=300,
    )
    return response


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
