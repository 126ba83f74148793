"""How a file is read, as a form: what was detected, what was asked, and what a person says instead."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from dss_web.registry.models import UploadCheck
from dss_web.shared.csv import Choices, FindingKind, Reading, Severity
from dss_web.uploads.checking import choices_from
from dss_web.uploads.titles import DELIMITER_TITLES, ENCODING_TITLES

QUOTE_TITLES: Final = {'"': 'double ( " )', "'": "single ( ' )", "“": "curly ( “ ” )", "": "none"}
# By what the form sends.
ESCAPE_TITLES: Final = {
    "doubled": 'Twice, such as ""',
    "backslash": 'After a backslash, such as \\"',
    "none": 'As it is, such as "',
}
# The question of each kind that is answered by reading the file in another way; all others are only looked at.
_ASKED_OF: Final = {
    FindingKind.ENCODING: "encoding",
    FindingKind.DELIMITER: "delimiter",
    FindingKind.SHEET: "sheet",
    FindingKind.HEADER_IS_DATA: "header_line",
    FindingKind.HEADER_DOUBTFUL: "header_line",
}
_QUESTIONS: Final = {
    "encoding": "In which encoding do the words look right?",
    "delimiter": "What separates the values?",
    "sheet": "Which sheet should be loaded?",
    "header_line": "Does the file have a line with the names of its columns?",
}


@dataclass(frozen=True, slots=True)
class Option:
    """What can be chosen: `value` is sent, `title` shown, `hint` below it."""

    value: str
    title: str
    hint: str = ""


@dataclass(slots=True)
class Question:
    """What a person has to answer before anything is loaded. `name` is the field; `options` have no default."""

    name: str
    title: str
    text: str
    options: list[Option] = field(default_factory=list)
    error: str = ""


@dataclass(slots=True)
class Field:
    """What is detected and can be changed. `options` are those of a select; without any it is a number."""

    name: str
    title: str
    value: str
    shown: str
    hint: str = ""
    options: list[Option] = field(default_factory=list)


class ReadingForm:
    """The questions and the fields of a check; `sent` are the values that a person sent, to be shown again."""

    def __init__(self, check: UploadCheck, sentences: Mapping[int, str], sent: Mapping[str, str] | None = None) -> None:
        """`sentences` has one for each finding that is asked, by its place among the findings."""
        self._check = check
        self._reading = Reading.from_json(check.reading)
        self.questions: list[Question] = []
        self.to_accept: list[Question] = []
        for place, text in sentences.items():
            finding = check.findings[place]
            if finding["severity"] != Severity.ASK:
                continue
            name = _ASKED_OF.get(FindingKind(finding["kind"]))
            if name:
                question = Question(name, _QUESTIONS[name], text, self._options(name, finding))
                self.questions.append(question)
            elif f"accept-{finding['kind']}" not in {one.name for one in self.to_accept}:
                self.to_accept.append(Question(f"accept-{finding['kind']}", "", text))
        asked = {question.name for question in self.questions}
        self.fields = [one for one in self._fields() if one.name not in asked]
        for one in self.fields:
            one.value = (sent or {}).get(one.name, one.value)
        self.answers = {question.name: (sent or {}).get(question.name, "") for question in self.questions}

    @property
    def summary(self) -> list[tuple[str, str]]:
        """What was detected, in words: (what, how)."""
        return [("Kind of file", self._kind()), *((one.title, one.shown) for one in self._fields())]

    def choices(self, sent: Mapping[str, str]) -> Choices:
        """How to read the file again: what was said before, what is answered, and what is sent otherwise than shown.

        Raises ValueError with the id of a field and a sentence.
        """
        choices = choices_from(self._check.choices)
        for question in self.questions:
            if sent.get(question.name):
                choices = replace(choices, **{question.name: _value(question.name, sent[question.name])})
        shown = {one.name: one.value for one in self._fields()}
        for name in {one.name for one in self.fields} & set(sent):
            if sent[name].strip() != shown[name]:
                choices = replace(choices, **{name: _value(name, sent[name].strip())})
        if choices.escape not in {None, "\\", ""}:
            # Doubled, whichever mark that is now.
            choices = replace(choices, escape=self._reading.quote if choices.quote is None else choices.quote)
        return choices

    def _kind(self) -> str:
        if self._reading.sheet:
            return "Workbook"
        packed = "Compressed text" if self._reading.member else "Text"
        return f"{packed}, one value in a line" if not self._reading.delimiter else f"{packed} with separated values"

    def _options(self, name: str, finding: Mapping[str, Any]) -> list[Option]:
        match name:
            case "encoding":
                words = dict(one.split(": ", 1) for one in finding["expected"].split("; ") if ": " in one)
                return [
                    Option(encoding, str(ENCODING_TITLES.get(encoding, encoding)), f"Words look like this: {samples}")
                    for encoding, samples in words.items()
                ]
            case "delimiter":
                both = (finding["found"], finding["expected"])
                return [Option(_delimiter_name(one), _delimiter_name(one).capitalize()) for one in both]
            case "sheet":
                return [Option(sheet, sheet) for sheet in self._check.sheets]
            case _:
                line = finding["line"] or 1
                return [
                    Option(str(line), f"Yes, line {line}", f"It has {finding['found']}"),
                    Option("0", "No, the first line is a row", "The columns get names such as column_1"),
                ]

    def _fields(self) -> list[Field]:
        reading = self._reading
        header = "none" if not reading.header_lines else ", ".join(f"line {line}" for line in reading.header_lines)
        ends = str(reading.last_line) if reading.last_line else ""
        lines = [
            Field(
                "header_line",
                "Names of the columns",
                str(reading.header_lines[-1]) if reading.header_lines else "0",
                header.capitalize(),
                "The number of the line. Enter 0 if no line has them.",
            ),
            Field(
                "last_line",
                "Last line of the data",
                ends,
                f"Line {ends}" if ends else "The end of the file",
                "The number of the line. Leave empty if the data go on to the end of the file.",
            ),
        ]
        if reading.sheet:
            sheets = [Option(sheet, sheet) for sheet in self._check.sheets]
            return [Field("sheet", "Sheet", reading.sheet, reading.sheet, "", sheets), *lines]
        encodings = {title: name for name, title in reversed(ENCODING_TITLES.items())}
        title = ENCODING_TITLES.get(reading.encoding, reading.encoding)
        encodings[title] = reading.encoding
        quote = reading.quote
        return [
            Field(
                "encoding",
                "Encoding",
                reading.encoding,
                title,
                "Change it if letters with accents or signs such as £ look wrong.",
                [Option(name, shown) for shown, name in sorted(encodings.items(), key=lambda one: one[0] != title)],
            ),
            Field(
                "delimiter",
                "Separator",
                _delimiter_name(reading.delimiter),
                _delimiter_name(reading.delimiter).capitalize(),
                "What stands between two values.",
                [Option(name, name.capitalize()) for name in DELIMITER_TITLES.values()],
            ),
            Field(
                "quote",
                "Quotation mark",
                quote,
                QUOTE_TITLES.get(quote, quote).capitalize(),
                "What encloses values that contain a separator.",
                [Option(mark, shown.capitalize()) for mark, shown in QUOTE_TITLES.items()],
            ),
            Field(
                "escape",
                "Quotation marks within values",
                _escape_name(reading),
                ESCAPE_TITLES[_escape_name(reading)],
                "How a mark is written that is part of a value.",
                [Option(name, shown) for name, shown in ESCAPE_TITLES.items()],
            ),
            *lines,
        ]


def _delimiter_name(delimiter: str) -> str:
    return DELIMITER_TITLES.get(delimiter, delimiter)


def _escape_name(reading: Reading) -> str:
    return {"\\": "backslash", "": "none"}.get(reading.escape, "doubled")


def _value(name: str, text: str) -> Any:
    match name:
        case "delimiter":
            return next((one for one, title in DELIMITER_TITLES.items() if title == text), text[:1])
        case "header_line" | "last_line":
            if name == "last_line" and not text:
                return None
            least = 0 if name == "header_line" else 1
            if not text.isascii() or not text.isdigit() or int(text) < least:
                raise ValueError(f"id_{name}", "Enter the number of a line, such as 1")
            return int(text)
        case "encoding" if text not in ENCODING_TITLES:
            raise ValueError("id_encoding", "Choose an encoding from the list")
        case "escape":
            if text not in ESCAPE_TITLES:
                raise ValueError("id_escape", "Choose from the list how a mark is written")
            return {"backslash": "\\", "none": ""}.get(text, '"')
        case "quote" if text not in QUOTE_TITLES:
            raise ValueError("id_quote", "Choose a quotation mark from the list")
        case _:
            return text
