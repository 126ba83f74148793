"""Which ids the rows of L0 get. L1 is a view with L0's ids, where the Flask service numbered each table by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from dss_assets.counts import counted
from dss_assets.dataset import Dataset, Rowwise, Unpivoted
from dss_assets.moving_in.former import FormerDatabase, FormerTable


@dataclass(frozen=True, slots=True)
class Numbering:
    """`rows` is what follows FROM for a row of L0 (`l0`) with its `id`.

    `is_of_l1`: rows of L0 get the ids of L1. `compared_by` is the column of L1 by which a row is known there and here;
    '' where there is none.
    """

    rows: sql.Composed
    id: sql.SQL
    is_of_l1: bool
    compared_by: str
    remarks: Sequence[str]


def choose_ids(former: FormerDatabase, dataset: Dataset, l0: FormerTable, l1: FormerTable | None) -> Numbering:
    """The ids of L1 where each row of L0 has one there, since that is the table that clients page through.

    Failed files took numbers of L0's sequence alone, so the two may differ. Where L1 chooses among the rows of L0, or
    makes several of one, L0's ids stay.
    """
    rows = sql.SQL("{} AS l0").format(l0.identifier)
    if l1 is None or "data_source_row_id" not in l1.columns or dataset.view is None:
        return Numbering(rows, sql.SQL("l0.id"), is_of_l1=False, compared_by="", remarks=())
    if isinstance(dataset.view, Unpivoted):
        remarks = ["The ids of L1 change: it is made of L0 here. Switch when no client is half through this table."]
        return Numbering(rows, sql.SQL("l0.id"), is_of_l1=False, compared_by="", remarks=remarks)
    joined = sql.SQL("{} AS l0 JOIN {} AS l1 ON l1.data_source_row_id = l0.id").format(l0.identifier, l1.identifier)
    # Relies on both ids being keys: `matched` counts pairs.
    found = former.connection.execute(
        sql.SQL(
            "SELECT (SELECT count(*) FROM {l0}), (SELECT count(*) FROM {l1}), count(*),"
            " count(DISTINCT l0.id), count(*) FILTER (WHERE l0.id <> l1.id) FROM {joined}"
        ).format(l0=l0.identifier, l1=l1.identifier, joined=joined)
    ).fetchone()
    assert found
    in_l0, in_l1, pairs, distinct, moved = found
    remarks = []
    if in_l1 > pairs:
        remarks.append(f"{counted(in_l1 - pairs, 'row')} of L1 came from no row of L0. They are not brought.")
    is_rowwise = isinstance(dataset.view, Rowwise)
    if is_rowwise and in_l0 > distinct:
        remarks.append(f"{counted(in_l0 - distinct, 'row')} of L0 had no row in L1. L1 has one for each here.")
    if not moved:
        return Numbering(rows, sql.SQL("l0.id"), is_of_l1=False, compared_by="id", remarks=remarks)
    if is_rowwise and in_l0 == pairs == distinct:
        remarks.append("L1 keeps its ids. The rows of L0, which had others, get them too; so does data_source_row_id.")
        return Numbering(joined, sql.SQL("l1.id"), is_of_l1=True, compared_by="id", remarks=remarks)
    remarks.append("The ids of L1 change: they are those of L0 here. Switch when no client is half through this table.")
    return Numbering(rows, sql.SQL("l0.id"), is_of_l1=False, compared_by="data_source_row_id", remarks=remarks)
