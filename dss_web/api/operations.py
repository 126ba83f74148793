"""The operations over tables that a path names. Those of named routes are made of the routes (`named_urls.py`)."""

from typing import Final

from dss_web.api import exports, pages, receipts, structure
from dss_web.api.signed_operation import SignedOperation

OPERATIONS: Final[tuple[SignedOperation, ...]] = (
    structure.OPERATION,
    pages.OPERATION,
    exports.OPERATION,
    receipts.OPERATION,
)
