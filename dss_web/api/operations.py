"""All operations of the API. What has no line here is neither served nor documented."""

from typing import Final

from dss_web.api import exports, pages, receipts, structure
from dss_web.api.signed_operation import SignedOperation

OPERATIONS: Final[tuple[SignedOperation, ...]] = (
    structure.OPERATION,
    *pages.OPERATIONS,
    exports.OPERATION,
    receipts.OPERATION,
)
