"""All mechanisms that keep a promise."""

from tests.promises import (
    access,
    catalogue,
    client,
    dataflow,
    dataset_pages,
    delivery,
    exports,
    faults,
    going_back,
    growth,
    known,
    limits,
    loading,
    merging,
    moving_in,
    people,
    programs,
    reading,
    secrets,
    upgrades,
    uploads,
    web_half,
)
from tests.promises.mechanism import Mechanism

__all__ = ["MECHANISMS", "Mechanism"]

MECHANISMS = (
    *access.MECHANISMS,
    *reading.MECHANISMS,
    *loading.MECHANISMS,
    *dataflow.MECHANISMS,
    *delivery.MECHANISMS,
    *faults.MECHANISMS,
    *uploads.MECHANISMS,
    *people.MECHANISMS,
    *programs.MECHANISMS,
    *catalogue.MECHANISMS,
    *secrets.MECHANISMS,
    *web_half.MECHANISMS,
    *exports.MECHANISMS,
    *client.MECHANISMS,
    *dataset_pages.MECHANISMS,
    *going_back.MECHANISMS,
    *moving_in.MECHANISMS,
    *growth.MECHANISMS,
    *known.MECHANISMS,
    *merging.MECHANISMS,
    *upgrades.MECHANISMS,
    *limits.MECHANISMS,
)
