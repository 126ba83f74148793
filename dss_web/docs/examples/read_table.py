"""Read a table to its last row, into SCHEMA.TABLE.jsonl: python3 read_table.py SCHEMA TABLE"""

import io
import json
import logging
import os
import sys
import time
from urllib.parse import quote

import mohawk
import requests

TIMEOUT_SECONDS = 300
logging.getLogger("mohawk").setLevel(logging.ERROR)  # it warns that responses have no nonce of their own
credentials = {"id": os.environ["HAWK_ID"], "key": os.environ["HAWK_KEY"], "algorithm": "sha256"}
session = requests.Session()


def signed_get(url: str) -> requests.Response:
    """A response with a valid signature; tries again when the service says so."""
    while True:
        sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
        response = session.get(url, headers={"Authorization": sender.request_header}, timeout=TIMEOUT_SECONDS)
        if response.status_code not in {429, 503}:
            break
        seconds = response.headers.get("Retry-After", "")  # a proxy's 503 may have none
        time.sleep(int(seconds) if seconds.isdecimal() else 5)
    if response.status_code not in {200, 409}:
        sys.exit(f"{response.status_code} {response.text} (request {response.headers.get('X-Request-ID')})")
    sender.accept_response(
        response.headers.get("Server-Authorization", ""),
        content=io.BytesIO(response.content),  # as a file, which is quicker: mohawk formats bytes for its debug log
        content_type=response.headers["Content-Type"],
        timestamp_skew_in_seconds=TIMEOUT_SECONDS,
    )
    return response


schema, table = sys.argv[1:]
url = f"{os.environ['API_URL']}/api/v1/table-data/{quote(schema, safe='')}/{quote(table, safe='')}"
url += "?orientation=records&page-size=10000"
rows = 0
with open(f"{schema}.{table}.jsonl", "w", encoding="utf-8") as file:
    while url:
        response = signed_get(url)
        page = response.json()
        if response.status_code == 409:  # the table has changed: start again
            file.seek(0)
            file.truncate()
            rows, url = 0, page["start"]
            continue
        file.writelines(json.dumps(row) + "\n" for row in page["results"])
        rows, url = rows + len(page["results"]), page["next"]
print(f"{rows} rows of {schema}.{table}")
