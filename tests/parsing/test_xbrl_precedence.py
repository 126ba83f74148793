"""Which element a value is taken from: any document gives what a slow and obvious reading of the rules gives."""

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from dss_assets.datasets import ACCOUNTS
from dss_assets.parsing.xbrl_document import DocumentReader
from tests.published import figure, inline_accounts, stated

READER = DocumentReader(ACCOUNTS.format)  # type: ignore[arg-type]
NAMES = [column.name for column in ACCOUNTS.columns[4:]]

# The rules as https://github.com/uktrade/data-store-service had them, each in full: A is an element whose attribute
# `name` ends with a colon and the name, E one of this name, B either.
DOCUMENT = {
    "companies_house_registered_number": ["A UKCompaniesHouseRegisteredNumber", "E CompaniesHouseRegisteredNumber"],
    "entity_current_legal_name": [
        "A EntityCurrentLegalOrRegisteredName",
        "E EntityCurrentLegalName",
        "S EntityCurrentLegalOrRegisteredName",
    ],
    "company_dormant": ["A EntityDormantTruefalse", "A EntityDormant", "E CompanyDormant", "N CompanyNotDormant"],
}
PERIOD = {
    "tangible_fixed_assets": ["B FixedAssets", "B TangibleFixedAssets", "A PropertyPlantEquipment"],
    "debtors": ["B Debtors"],
    "cash_bank_in_hand": ["B CashBankInHand", "A CashBankOnHand"],
    "creditors_due_within_one_year": ["A CreditorsDueWithinOneYear", "A Creditors +WithinOneYear"],
    "creditors_due_after_one_year": ["A CreditorsDueAfterOneYear", "A Creditors +AfterOneYear"],
    "called_up_share_capital": ["B CalledUpShareCapital", "A Equity +ShareCapital"],
    "profit_loss_account_reserve": ["B ProfitLossAccountReserve", "A Equity +RetainedEarningsAccumulatedLosses"],
    "shareholder_funds": ["B ShareholderFunds", "A Equity -segment"],
    "profit_loss_for_period": ["B ProfitLoss", "B ProfitLossForPeriod"],
}
CONTEXTS = {
    "now": ("2026-03-31", "2026-03-31"),
    "before": ("2025-03-31", "2025-03-31"),
    "nowWithinOneYear": ("2026-03-31", "2026-03-31"),
    "AfterOneYear": ("2026-03-31", "2026-03-31"),
    "ShareCapital": ("2025-03-31", "2025-03-31"),
    "RetainedEarningsAccumulatedLosses_segment": ("2026-03-31", "2026-03-31"),
    "segment": ("2024-03-31", "2024-03-31"),
    "year": ("2025-04-01", "2026-03-31"),
}


def periods(contexts: dict[str, tuple[str, str]]) -> dict[str, str]:
    return {
        name: f"<xbrli:instant>{start}</xbrli:instant>"
        if start == end
        else f"<xbrli:startDate>{start}</xbrli:startDate><xbrli:endDate>{end}</xbrli:endDate>"
        for name, (start, end) in contexts.items()
    }


def matches(root: Any, rule: str) -> Iterator[Any]:
    kind, name, *condition = rule.split()
    for element in root.iter():
        named = element.get("name", "").endswith(f":{name}")
        called = element.tag.rpartition("}")[2] == name
        reference = element.get("contextRef", "")
        if condition and (condition[0][1:] in reference) != (condition[0][0] == "+"):
            continue
        if (named and kind in "ABS") or (called and kind in "EBN"):
            yield element


def own_text(element: Any) -> str | None:
    text = (element.text or "").strip()
    return None if text in {"", "-"} else text


def obvious_rows(text: str) -> list[dict[str, str | None]]:
    """The rows by the rules, expression by expression and element by element."""
    root = ET.fromstring(text)  # noqa: S314  # made here
    found: dict[tuple[str, str], dict[str, str | None]] = {}
    for column, rules in PERIOD.items():
        for element in (element for rule in rules for element in matches(root, rule)):
            reference = element.get("contextRef")
            if reference is not None:
                row = found.setdefault(CONTEXTS[reference], {})
                row[column] = own_text(element) if row.get(column) is None else row[column]
    general = {column: obvious_statement(root, rules) for column, rules in DOCUMENT.items()}
    return [
        {"period_start": start, "period_end": end, **general, **values} for (start, end), values in found.items()
    ] or [{"period_start": None, "period_end": None, **general}]


def obvious_statement(root: Any, rules: list[str]) -> str | None:
    value = None
    for rule in rules:
        elements = list(matches(root, rule))
        if rule.startswith("S "):
            elements = [e for outer in elements for e in outer.iter() if e.tag.endswith("}span") and e is not outer][:1]
        if value is None:
            for element in elements:
                value = own_text(element)
                if "Dormant" in rule and value not in {"true", "false"}:
                    value = None
                if rule.startswith("N ") and value:
                    value = {"true": "false", "false": "true"}[value]
    return value


ENGLISH = [rule.split()[1] for rules in (DOCUMENT | PERIOD).values() for rule in rules]
TEXTS = st.sampled_from(["1", "2", "-", "", "true", "false"])


@st.composite
def elements(draw: st.DrawFn) -> str:
    """An element that some rule matches, or nearly, in one of the ways in which documents write it."""
    name = draw(st.sampled_from([*ENGLISH, "Other"]))
    context = draw(st.sampled_from([*CONTEXTS, ""]))
    reference = f' contextRef="{context}"' if context else ""
    is_word = name in {rule.split()[1] for rules in DOCUMENT.values() for rule in rules}
    text = draw(TEXTS if is_word else st.sampled_from(["1", "2", "3", "-", ""]))
    return draw(
        st.sampled_from(
            [
                f'<ix:nonFraction name="core:{name}"{reference}>{text}</ix:nonFraction>',
                f'<ix:nonFraction name="core:{name}"{reference}><span>{text}</span></ix:nonFraction>',
                f'<p><ix:nonFraction name="core:{name}"{reference}>{text}<b>9</b></ix:nonFraction></p>',
                f"<{name}{reference}>{text}</{name}>",
                f'<a xmlns="urn:another"><{name}{reference}>{text}</{name}></a>',
                f'<{name} name="core:{draw(st.sampled_from(ENGLISH))}"{reference}>1</{name}>',
                f'<a name="{name}"{reference}>{text}</a>',
                f'<a name="core:{name}Total"{reference}>{text}</a>',
            ]
        )
    )


@settings(max_examples=400, deadline=None)
@given(st.lists(elements(), max_size=12))
def test_any_document_gives_the_rows_that_the_rules_give(found: list[str]) -> None:
    text = inline_accounts("".join(found), periods(CONTEXTS))

    document = READER.read(text.encode())

    got = [dict(zip(NAMES, row, strict=True)) for row in document.rows]
    for row, expected in zip(got, obvious_rows(text), strict=True):
        assert {name: row[name] for name in row if row[name] is not None and name != "taxonomy"} == {
            name: value for name, value in expected.items() if value is not None
        }


def test_the_last_statement_and_the_first_figure_count() -> None:
    number = "UKCompaniesHouseRegisteredNumber"
    text = inline_accounts(stated(number, "1") + stated(number, "2") + figure("Debtors", "3") + figure("Debtors", "4"))

    (row,) = READER.read(text.encode()).rows

    assert (row[NAMES.index("companies_house_registered_number")], row[NAMES.index("debtors")]) == ("2", "3")


def test_a_document_without_figures_gives_one_row_without_a_period() -> None:
    (row,) = READER.read(inline_accounts(stated("EntityDormant", "true")).encode()).rows

    assert {name: value for name, value in zip(NAMES, row, strict=True) if value} == {"company_dormant": "true"}


def test_periods_are_in_the_order_of_the_columns_and_not_of_the_document() -> None:
    text = inline_accounts(figure("CurrentAssets", "1", "year") + figure("Debtors", "2", "now"))

    assert [row[NAMES.index("period_start")] for row in READER.read(text.encode()).rows] == ["2026-03-31", "2025-04-01"]


def test_the_taxonomies_that_the_root_declares_are_named_in_the_declared_order() -> None:
    core, old = "http://www.xbrl.org/uk/gaap/core/2009-09-01", "http://www.xbrl.org/uk/fr/gaap/pt/2004-12-01"
    inner = '<x xmlns:d="http://xbrl.frc.org.uk/fr/2014-09-01/core"/>'
    text = f'<xbrl xmlns:a="{core}" xmlns:b="{old}" xmlns:c="urn:other">{inner}</xbrl>'

    assert READER.read(text.encode()).rows[0][0] == f"{old};{core}"
