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

PATIENCE_SECONDS = 300
logging.getLogger("mohawk").setLevel(logging.ERROR)  # it warns that answers have no nonce of their own; none has
credentials = {"id": os.environ["HAWK_ID"], "key": os.environ["HAWK_KEY"], "algorithm": "sha256"}
session = requests.Session()


def signed_get(url: str) -> requests.Response:
    """An answer whose own signature is right; asks again where the service says when."""
    while True:
        sender = mohawk.Sender(credentials, url, "GET", content="", content_type="")
        answer = session.get(url, headers={"Authorization": sender.request_header}, timeout=PATIENCE_SECONDS)
        if answer.status_code not in {429, 503}:
            break
        time.sleep(int(answer.headers["Retry-After"]))
    if answer.status_code not in {200, 409}:
        sys.exit(f"{answer.status_code} {answer.text} (request {answer.headers.get('X-Request-ID')})")
    sender.accept_response(
        answer.headers["Server-Authorization"],
        content=io.BytesIO(answer.content),  # as a file: mohawk formats bytes for its debug log, which takes long
        content_type=answer.headers["Content-Type"],
        timestamp_skew_in_seconds=PATIENCE_SECONDS,
    )
    return answer


schema, table = sys.argv[1:]
url = f"{os.environ['API_URL']}/api/v1/table-data/{quote(schema, safe='')}/{quote(table, safe='')}?orientation=records"
rows = 0
with open(f"{schema}.{table}.jsonl", "w", encoding="utf-8") as file:
    while url:
        answer = signed_get(url)
        page = answer.json()
        if answer.status_code == 409:  # the table has changed since we began: begin again
            file.seek(0)
            file.truncate()
            rows, url = 0, page["start"]
            continue
        file.writelines(json.dumps(row) + "\n" for row in page["results"])
        rows, url = rows + len(page["results"]), page["next"]
print(f"{rows} rows of {schema}.{table}")
