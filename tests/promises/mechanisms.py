"""All mechanisms that keep a promise."""

from tests.promises import (
    dataflow,
    faults,
    going_back,
    growth,
    known,
    limits,
    loading,
    merging,
    people,
    reading,
    uploads,
    web_half,
)
from tests.promises.mechanism import Mechanism

__all__ = ["MECHANISMS", "Mechanism"]

MECHANISMS = (
    *reading.MECHANISMS,
    *loading.MECHANISMS,
    *dataflow.MECHANISMS,
    *faults.MECHANISMS,
    *uploads.MECHANISMS,
    *people.MECHANISMS,
    *web_half.MECHANISMS,
    *going_back.MECHANISMS,
    *growth.MECHANISMS,
    *known.MECHANISMS,
    *merging.MECHANISMS,
    *limits.MECHANISMS,
)
