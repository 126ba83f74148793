"""All mechanisms that keep a promise."""

from tests.promises import assets_half, web_half
from tests.promises.mechanism import Mechanism

__all__ = ["MECHANISMS", "Mechanism"]

MECHANISMS = (*assets_half.MECHANISMS, *web_half.MECHANISMS)
