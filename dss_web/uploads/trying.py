"""A file and what a person wants done with it -> what stands in the way, or what it does to the rows that are there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from dss_web.registry.models import UploadFile
from dss_web.shared.csv import Reading
from dss_web.uploads import file_storage
from dss_web.uploads.bad_values import BadValues, count_bad_values
from dss_web.uploads.load_plan import LoadPlan, merged_reading
from dss_web.uploads.row_changes import CannotMerge, count_changes


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: `bad` values to which nobody has agreed, `problems` in sentences, or the `plan` with numbers."""

    plan: LoadPlan
    bad: BadValues | None = None
    problems: tuple[str, ...] = ()


def try_plan(
    version: UploadFile,
    found: Reading,
    chosen: Reading,
    plan: LoadPlan,
    on_read: Callable[[int], None] | None = None,
) -> Tried:
    """Try every value of the file, and compare its rows with those that are there if they are to stay.

    `found` is how its check reads it, `chosen` how the person wants it. `on_read` gets the position in the file after
    each part that is read, and may raise. Raises InvalidCsv, StorageUnavailable or
    obstore's errors.
    """
    before = version.pipeline.files.filter(id=plan.base).first() if plan.keeps_rows else None
    loaded = merged_reading(before, chosen) if before else chosen
    with file_storage.open_file(version.data_file_url, on_read) as file:
        bad = count_bad_values(file, found, loaded)
        if bad.total and not (bad.may_be_left_out and bad.rows == plan.left_out):
            return Tried(plan, bad)
        plan = replace(plan, left_out=bad.rows)
        if before is None:
            return Tried(plan)
        try:
            return Tried(replace(plan, numbers=count_changes(before, file, chosen, plan, frozenset(bad.lines))))
        except CannotMerge as error:
            return Tried(plan, problems=tuple(error.sentences))
