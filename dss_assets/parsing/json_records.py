"""Objects of a JSON document -> rows, by ijson, which streams it: memory does not grow with the document."""

import codecs
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import BinaryIO

import ijson

from dss_assets.dataset import Column, JsonRecords
from dss_assets.errors import DamagedFile, InvalidFile, WrongHeader
from dss_assets.parsing.archive import chunks_of
from dss_assets.parsing.header import Header, match_header
from dss_assets.parsing.records import Record, Selected, Selection, rewritten_rows
from dss_assets.parsing.rows import Fault, Rows, enforce_max_bytes
from dss_assets.parsing.texts import Text, Texts, find_texts
from dss_assets.parsing.written import Exact

# An event of the parser: its name, and the key, text or number that it brings.
Event = tuple[str, object]
Events = Iterator[Event]
Object = dict[str, object]
Path = tuple[str | int, ...]
# A record of the World Bank has some hundred bytes; one with the outline of a country has some megabytes. A longer
# text costs more than its memory: ijson begins again at its start with each piece of it.
_MOST_RECORD_BYTES = 16 * 1024**2
# By which records are counted that lack a column or have others.
_OTHER_KEYS = "other keys than the declared ones"
_STARTS = {"start_map": "an object", "start_array": "a list"}


@contextmanager
def json_rows(
    form: JsonRecords,
    columns: tuple[Column, ...],
    file: BinaryIO,
    place: str,
    max_bytes: int,
    file_values: Mapping[str, str],
) -> Iterator[Rows]:
    """The records of a document, or of members of a zip.

    A record that lacks a column, or has others that are refused, is wrong.
    """
    texts = find_texts(form, columns, file, place, max_bytes, file_values)
    reader = _Reader(form, columns, texts, max_bytes)
    yield rewritten_rows(texts, place, columns, reader.first_titles(), reader.selected)


class _Reader:
    """The records of all texts. Those with the same titles in the same order are read alike."""

    def __init__(self, form: JsonRecords, columns: tuple[Column, ...], texts: Texts, max_bytes: int) -> None:
        self._form, self._columns, self._texts, self._max_bytes = form, columns, texts, max_bytes
        self._within = _titles_within(columns)

    def first_titles(self) -> tuple[str, ...]:
        """The titles of the first record."""
        records = self._records(self._texts.texts[0])
        return next((tuple(record) for record in records if not isinstance(record, Fault)), ())

    def selected(self) -> Selected:
        """All rows."""
        for text in self._texts.texts:
            known: dict[tuple[str, ...], Selection] = {}
            wrong = self._selection(Header((), ()), text)
            for number, fields in enumerate(self._records(text), start=1):
                if isinstance(fields, Fault):
                    yield wrong, Record(number, (), fields)
                    continue
                self._replace_null_objects(fields)
                titles = tuple(fields)
                if titles not in known:
                    place = f"{text.place}, record {number}"
                    try:
                        header = match_header(titles, self._columns, self._form.others, place)
                    except WrongHeader as error:
                        reason, *_ = str(error).removeprefix(f"{place}: ").partition(" Nothing was loaded.")
                        yield wrong, Record(number, (), Fault(reason.rstrip("."), _OTHER_KEYS, error))
                        continue
                    known[titles] = self._selection(header, text)
                yield known[titles], Record(number, list(fields.values()))

    def _replace_null_objects(self, fields: dict[str, str]) -> None:
        """Put null for each declared field of an object where null stands in the place of the object."""
        for title in [title for title in self._within if fields.get(title) == ""]:
            del fields[title]
            fields |= dict.fromkeys(self._within[title], "")

    def _selection(self, header: Header, text: Text) -> Selection:
        return Selection(text.place, header, self._columns, text.values, "record")

    def _records(self, text: Text) -> Iterator[dict[str, str] | Fault]:
        with text.open() as file:
            limited = _Limited(file, self._max_bytes, text.place)
            try:
                events: Events = ijson.basic_parse(limited, multiple_values=True)
                for event in events:
                    for record in _at(self._form.path, event, events, text.place):
                        limited.since_record = 0
                        yield record if isinstance(record, Fault) else _flat(record)
            except ijson.JSONError as error:
                reason = " ".join(str(error).split())
                raise DamagedFile(
                    f"{text.place} is not a whole JSON document: {reason}. Nothing was loaded. It is fetched once "
                    "more; if it comes like that again, look at what the publisher offers there."
                ) from error


def _titles_within(columns: tuple[Column, ...]) -> dict[str, list[str]]:
    """The titles of columns that stand in an object within the record, by the titles of all objects around them."""
    within: dict[str, list[str]] = {}
    for column in columns:
        title = next((title for title in column.titles if isinstance(title, str)), "")
        parts = title.split(".")
        for end in range(1, len(parts)):
            within.setdefault(".".join(parts[:end]), []).append(title)
    return {title: inner for title, inner in within.items() if not any(column.is_titled(title) for column in columns)}


class _Limited:
    """A file that is refused once more than `max_bytes` of it have been read, or too many `since_record`."""

    def __init__(self, file: BinaryIO, max_bytes: int, place: str) -> None:
        self.since_record = 0
        self._place = place
        self._chunks = enforce_max_bytes(chunks_of(file), max_bytes, place)
        self._rest = b""
        self._is_start = True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes, b'' at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
            if self._is_start:
                self._rest = self._rest.removeprefix(codecs.BOM_UTF8)
                self._is_start = False
        cut = len(self._rest) if size < 0 else size
        given, self._rest = self._rest[:cut], self._rest[cut:]
        self.since_record += len(given)
        if self.since_record > _MOST_RECORD_BYTES:
            raise InvalidFile(
                f"{self._place}: found {_MOST_RECORD_BYTES:,} bytes without a whole record. A record is held in "
                "memory, as is what stands before the list of them. Nothing was loaded. Look at what the publisher "
                "offers there, and at the path in the dataset's declaration."
            )
        return given


def _at(path: Path, event: Event, events: Events, place: str, done: str = "the document") -> Iterator[Object | Fault]:
    """The records at the end of a path into a value, whose first event is given. The value is read to its end.

    Raises InvalidFile where the path does not lead to objects; `done` is how messages call its beginning.
    """
    kind, _ = event
    if not path:
        yield from _objects(event, events, place, done)
        return
    step, rest = path[0], path[1:]
    if kind != ("start_map" if isinstance(step, str) else "start_array"):
        expected = f"an object with the key {step!r}" if isinstance(step, str) else "a list"
        raise InvalidFile(f"{place}: {done} is {_kind(event)}, expected {expected}. Nothing was loaded.")
    found = False
    for position, inner in enumerate(events):
        if inner[0] in {"end_map", "end_array"}:
            break
        key: object = inner[1] if inner[0] == "map_key" else position
        value = next(events) if inner[0] == "map_key" else inner
        if key == step:
            found = True
            yield from _at(rest, value, events, place, f"{step!r} of {done}")
        else:
            _value(value, events)
    if not found:
        raise InvalidFile(
            f"{place}: {done} has nothing at {step!r}, expected {'a way to the' if rest else 'the'} list of records. "
            "Nothing was loaded. Look at what the publisher offers there: it may be the report of an error."
        )


def _objects(event: Event, events: Events, place: str, done: str) -> Iterator[Object | Fault]:
    """The objects of a list, or the one object that is there. What is none in the list has a fault instead."""
    if event[0] == "start_map":
        yield _object(events)
        return
    if event[0] != "start_array":
        raise InvalidFile(f"{place}: {done} is {_kind(event)}, expected a list of objects. Nothing was loaded.")
    for inner in events:
        if inner[0] == "end_array":
            return
        if inner[0] == "start_map":
            yield _object(events)
        else:
            yield Fault(f"found {_kind(inner)}, expected an object", "no object")
            _value(inner, events)


def _kind(event: Event) -> str:
    return _STARTS.get(event[0]) or f"{event[1]!r:.100}"


def _value(event: Event, events: Events) -> object:
    """A value, whose first event is given."""
    kind, value = event
    if kind == "start_map":
        return _object(events)
    if kind == "start_array":
        found: list[object] = []
        for inner in events:
            if inner[0] == "end_array":
                break
            found.append(_value(inner, events))
        return found
    return value


def _object(events: Events) -> Object:
    """The object whose beginning has been read."""
    found: Object = {}
    for kind, key in events:
        if kind == "end_map":
            break
        found[str(key)] = _value(next(events), events)
    return found


def _flat(record: Object, prefix: str = "") -> dict[str, str]:
    """The fields of a record by their titles."""
    fields: dict[str, str] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value:
            fields |= _flat(value, f"{prefix}{key}.")
        else:
            fields[f"{prefix}{key}"] = _text(value)
    return fields


def _text(value: object) -> str:
    """A value as Postgres reads it; '' for NULL."""
    match value:
        case str():
            return value
        case None | {}:
            return ""
        case bool():
            return Exact("true" if value else "false")
        case int():
            return Exact(value)
        case Decimal():
            return Exact(f"{value:f}")
        case _:
            return Exact(json.dumps(value, ensure_ascii=False, default=_number))


def _number(value: object) -> int | float:
    """Numbers within lists, which are kept as JSON."""
    assert isinstance(value, Decimal)
    return float(value)
