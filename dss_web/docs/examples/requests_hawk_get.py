"""GET a URL with requests-hawk, which does not check the response's signature: python3 requests_hawk_get.py URL"""

import os
import signal
import sys

import requests
from requests_hawk import HawkAuth

if hasattr(signal, "SIGPIPE"):
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # end quietly when `head` has read enough
# Otherwise it signs the hash of a Content-Type that it does not send, and the response is 401.
auth = HawkAuth(id=os.environ["HAWK_ID"], key=os.environ["HAWK_KEY"], always_hash_content=False)
response = requests.get(sys.argv[1], auth=auth, timeout=300)
if response.status_code != 200:
    sys.exit(f"{response.status_code} {response.text} (request {response.headers.get('X-Request-ID')})")
print(response.text)
