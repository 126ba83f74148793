"""The operations over what a path names. Those of named routes are made of the routes (`named_urls.py`)."""

from typing import Final

from dss_web.api import dataset_metadata, datasets, exports, pages, receipts, structure, upload_operations
from dss_web.api.signed_operation import SignedOperation

OPERATIONS: Final[tuple[SignedOperation, ...]] = (
    *datasets.OPERATIONS,
    *dataset_metadata.OPERATIONS,
    structure.OPERATION,
    pages.OPERATION,
    exports.OPERATION,
    receipts.OPERATION,
    *upload_operations.OPERATIONS,
)
