"""A check for Schemathesis's requests without a signature, and with headers that it makes up: none of them gets in.

OPTIONS, which tells everyone the methods that there are, is another matter.
"""

from typing import Any

import schemathesis


@schemathesis.check
def nobody_gets_in(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    if not case.path.startswith("/api/") or response.request.method == "OPTIONS":
        return
    if response.status_code not in {400, 401, 404, 405}:
        raise AssertionError(f"{response.status_code} was answered to a request without a signature")
