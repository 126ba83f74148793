"""What the columns of a dataset mean, in people's words: kept by name, from version to version."""

import csv
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dss_web.accounts.models import User
from dss_web.registry.described_column import DescribedColumn
from dss_web.registry.models import ColumnDescription, UploadFile, UploadPipeline
from dss_web.shared.csv import Reading
from dss_web.uploads.acting import acting, index
from dss_web.uploads.selectors import current_version
from dss_web.uploads.verdict import pair_renamed

log = logging.getLogger(__name__)

MOST_CHARACTERS: Final = 1000
# A column that was renamed has its old name in one of these versions; each has a list of up to 1,598 names.
_VERSIONS_SEARCHED: Final = 10


@dataclass(frozen=True, slots=True)
class Described:
    """The columns of a dataset, and what was said of columns that it does not have now."""

    columns: list[DescribedColumn]
    former: dict[str, str]


def describe(pipeline: UploadPipeline, *, proposes: bool) -> Described:
    """The columns of the version in use in their order, with what is said of them or, if asked for, can be proposed."""
    said = dict(pipeline.column_descriptions.values_list("name", "description"))
    current = current_version(pipeline)
    if current is None:
        return Described([], said)
    types = dict(zip(current.column_names or [], current.column_types or [], strict=True))
    former = {name: text for name, text in said.items() if name not in types}
    unsaid = [name for name in types if name not in said] if proposes else []
    renamed = _renamed(pipeline, current, former, unsaid)
    columns = [
        DescribedColumn(
            name,
            kind,
            said.get(name) or former.get(renamed.get(name, ""), ""),
            renamed.get(name, ""),
        )
        for name, kind in types.items()
    ]
    return Described(columns, former)


def _renamed(
    pipeline: UploadPipeline, current: UploadFile, former: Iterable[str], new: Iterable[str]
) -> dict[str, str]:
    """New columns with the former ones that they may be: of one title in their files, or else of similar names."""
    if not (gone := set(former)) or not (unsaid := list(new)):
        return {}
    now = _known(current)
    before: dict[str, tuple[str, str]] = {}
    others = pipeline.files.exclude(id=current.id).exclude(column_names=None)[:_VERSIONS_SEARCHED]
    for version in others:
        before = {name: known for name, known in _known(version).items() if name in gone} | before
    by_title = {title: name for name, (title, _) in before.items() if title}
    found = {name: by_title[now[name][0]] for name in unsaid if now[name][0] in by_title}
    rest = pair_renamed(
        {name: kind for name, (_, kind) in before.items() if name not in found.values()},
        {name: now[name][1] for name in unsaid if name not in found},
    )
    return found | {after: name for name, after in rest}


def _known(version: UploadFile) -> dict[str, tuple[str, str]]:
    """The columns of a version by name: the title in its file, '' where that is not known, and the type."""
    titles = (
        {column.name: column.title for column in Reading.from_json(version.reading).columns} if version.reading else {}
    )
    types = zip(version.column_names or [], version.column_types or [], strict=True)
    return {name: (titles.get(name, ""), kind) for name, kind in types}


def save(pipeline: UploadPipeline, descriptions: Mapping[str, str], person: User) -> None:
    """Store what columns mean; '' removes what was said. Columns that are not named stay as they are."""
    with acting(person, "describe columns"):
        # One person after the other: of two who describe the same column, the later one has the last word.
        UploadPipeline.objects.select_for_update().get(id=pipeline.id)
        said = dict(pipeline.column_descriptions.values_list("name", "description"))
        changed = {name: text for name, text in descriptions.items() if said.get(name, "") != text}
        new = [
            ColumnDescription(pipeline=pipeline, name=name, description=text) for name, text in changed.items() if text
        ]
        ColumnDescription.objects.bulk_create(
            new, update_conflicts=True, unique_fields=["pipeline", "name"], update_fields=["description"]
        )
        emptied = [name for name, text in changed.items() if not text]
        if emptied:
            pipeline.column_descriptions.filter(name__in=emptied).delete()
        index(pipeline)
    log.info("%s described %d columns of %s", person.user_id, len(changed), pipeline)


@dataclass(frozen=True, slots=True)
class PastedList:
    """What a list says of columns, by their names, and its first cells that are no column's name."""

    descriptions: dict[str, str]
    unknown: list[str]


def read_list(text: str, names: Iterable[str]) -> PastedList:
    """Read a list of names and descriptions: two columns of a spreadsheet, with a tab between, or CSV."""
    delimiter = "\t" if "\t" in text else ","
    known = {name.casefold(): name for name in names}
    found = PastedList({}, [])
    for name, *rest in csv.reader(text.strip().splitlines(), delimiter=delimiter):
        if column := known.get(name.strip().casefold()):
            # A description with commas that nobody has quoted is one all the same.
            found.descriptions[column] = " ".join(delimiter.join(rest).split())
        else:
            found.unknown.append(name.strip())
    return found
