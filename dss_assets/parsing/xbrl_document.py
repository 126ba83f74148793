"""One XBRL or inline XBRL document -> its rows.

Inline XBRL: https://www.xbrl.org/specification/inlinexbrl-part1/rec-2013-11-18/inlinexbrl-part1-rec-2013-11-18.html;
XBRL 2.1: https://www.xbrl.org/Specification/XBRL-2.1/REC-2003-12-31/XBRL-2.1-REC-2003-12-31+corrected-errata-2013-02-20.html
(both seen in 2026). Elements are found by their names whatever their namespace: each year has namespaces of its own.
"""

from collections import defaultdict
from functools import cached_property
from typing import NamedTuple, cast

from lxml import etree

from dss_assets.dataset import Fact, XbrlAccounts
from dss_assets.dataset.facts import Tag, TaggedBy
from dss_assets.parsing.xbrl_values import InvalidValue, read_day, read_value

Period = tuple[str, str]
_CONTEXT = "context"
_SHOWN_CHARACTERS = 60


class Problem(NamedTuple):
    """A value that was skipped: why, as it is counted, and what was found."""

    reason: str
    found: str


class Document(NamedTuple):
    """What a document holds. A row has taxonomy, start and end of its period, and the facts in their order."""

    root: str
    rows: list[list[str | None]]
    problems: list[Problem]


class DocumentReader:
    """Reads documents in one thread: lxml locks its parsers and expressions while they work, and frees the interpreter.

    All that may be declared is collected at once, and precedence is looked up in dictionaries: an expression for each
    tag took the Flask service 30 times as long.
    """

    def __init__(self, form: XbrlAccounts) -> None:
        self._form = form
        tags = [tag for fact in (*form.document_facts, *form.period_facts) for tag in fact.tags]
        self._attributes = {tag.name for tag in tags if tag.tagged_by is not TaggedBy.ELEMENT}
        elements = {tag.name for tag in tags if tag.tagged_by is not TaggedBy.ATTRIBUTE}
        # As lxml names elements of any namespace and of none, which libxml2 compares by pointer.
        self._elements = [f"{{*}}{name}" for name in sorted(elements | {_CONTEXT})]
        self._named = etree.XPath("/descendant::*[@name]")
        # lxml expands the entities that a document declares itself, within libxml2's bounds, and reads no others. A
        # comment within a value would end its text there: 1,2<!-- -->34 is 1,234.
        self._parser = etree.XMLParser(no_network=True, remove_comments=True, remove_pis=True)

    def read(self, content: bytes) -> Document:
        """The rows of a document, at least one. Raises etree.XMLSyntaxError where it is not well-formed."""
        root = etree.fromstring(content, self._parser)
        tagged = _Tagged(root)
        for element in cast(list[etree._Element], self._named(root)):
            _, colon, name = (element.get("name") or "").rpartition(":")
            if colon and name in self._attributes:
                tagged.attributes[name].append(element)
        for element in root.iter(*self._elements):
            tagged.elements[_local(element)].append(element)
        problems: list[Problem] = []
        general = [_document_value(fact, tagged, problems) for fact in self._form.document_facts]
        figures = _period_values(self._form.period_facts, tagged, problems)
        namespaces = set(root.nsmap.values())
        taxonomy = ";".join(uri for uri in self._form.taxonomies if uri in namespaces)
        rows = [[taxonomy, *period, *general, *values] for period, values in figures.items()]
        none: list[str | None] = [None] * len(self._form.period_facts)
        return Document(_local(root), rows or [[taxonomy, None, None, *general, *none]], problems)


class _Tagged:
    """The elements of one document that may be declared, by their names and in the document's order."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self.attributes: dict[str, list[etree._Element]] = defaultdict(list)
        self.elements: dict[str, list[etree._Element]] = defaultdict(list)

    def find(self, tag: Tag) -> list[etree._Element]:
        """The elements of a tag, each once."""
        by_attribute = self.attributes.get(tag.name, []) if tag.tagged_by is not TaggedBy.ELEMENT else []
        by_element = self.elements.get(tag.name, []) if tag.tagged_by is not TaggedBy.ATTRIBUTE else []
        if by_attribute and by_element:
            return sorted({*by_attribute, *by_element}, key=self._positions.__getitem__)
        return by_attribute or by_element

    @cached_property
    def _positions(self) -> dict[etree._Element, int]:
        """No document is known that names one figure in both ways, so that this costs nothing."""
        return {element: number for number, element in enumerate(self._root.iter())}

    @cached_property
    def contexts(self) -> dict[str | None, etree._Element]:
        """The contexts by their ids; of two with one id, the later."""
        return {context.get("id"): context for context in self.elements[_CONTEXT]}


def _document_value(fact: Fact, tagged: _Tagged, problems: list[Problem]) -> str | None:
    for tag in fact.tags:
        elements = tagged.find(tag)
        if tag.inside:
            inner = (element.find(f".//{{*}}{tag.inside}") for element in elements)
            elements = [element for element in inner if element is not None][:1]
        if elements and (value := _value(elements[-1], fact, tag, problems)) is not None:
            return value
    return None


def _period_values(facts: tuple[Fact, ...], tagged: _Tagged, problems: list[Problem]) -> dict[Period, list[str | None]]:
    """The values of each period; a period that has a figure without a value is there too."""
    found: dict[Period, list[str | None]] = {}
    periods: dict[str, Period | None] = {}
    for number, fact in enumerate(facts):
        for tag in fact.tags:
            for element in tagged.find(tag):
                reference = element.get("contextRef")
                if not reference or not _is_wanted(tag, reference):
                    continue
                if reference not in periods:
                    periods[reference] = _period(tagged.contexts.get(reference))
                period = periods[reference]
                if period is None:
                    reason = f"{_name(element)}: found the context {reference!r}, expected one with a period"
                    problems.append(Problem("a figure without a valid period", reason))
                    continue
                values = found.setdefault(period, [None] * len(facts))
                if values[number] is None:
                    values[number] = _value(element, fact, tag, problems)
    return found


def _is_wanted(tag: Tag, reference: str) -> bool:
    return tag.context_with in reference and not (tag.context_without and tag.context_without in reference)


def _period(context: etree._Element | None) -> Period | None:
    """The first and last day of a context, which are one for an instant."""
    period = context.find("{*}period") if context is not None else None
    if period is None:
        return None
    instant = period.find("{*}instant")
    names = ("{*}instant", "{*}instant") if instant is not None else ("{*}startDate", "{*}endDate")
    start, end = (read_day(period.findtext(name) or "") for name in names)
    return (start, end) if start and end else None


def _value(element: etree._Element, fact: Fact, tag: Tag, problems: list[Problem]) -> str | None:
    try:
        value = read_value(element, fact.type, negated=tag.negated)
    except InvalidValue as error:
        problems.append(Problem(f"an invalid value of {fact.column}", f"{_name(element)}: {error}"))
        return None
    if value is None and (inner := _inner_text(element)) and not any(each.inside for each in fact.tags):
        # As the Flask service had it, only the element's own text is its value. What is passed over is told.
        reason = f"{_name(element)}: found {inner!r} in an element within it, expected it as its own text"
        problems.append(Problem(f"a value of {fact.column} in another element", reason))
    return value


def _inner_text(element: etree._Element) -> str:
    """The beginning of what stands in the elements within one that has no text of its own; '' where it has."""
    if not len(element) or (element.text or "").strip():
        return ""
    return "".join(map(str, element.itertext())).strip()[:_SHOWN_CHARACTERS]


def _name(element: etree._Element) -> str:
    return element.get("name") or _local(element)


def _local(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]
