"""The texts of XBRL elements, and the values that they become."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dss_assets.dataset import FactType
from dss_assets.parsing.xbrl_values import InvalidValue, read_day, read_value


def value(text: str, type: FactType, attributes: Mapping[str, str] | None = None) -> str | None:
    element = etree.Element("fact", dict(attributes or {}))
    element.text = text
    return read_value(element, type)


@pytest.mark.parametrize(
    ("text", "attributes", "expected"),
    [
        ("1,234", {}, "1234"),
        (" 12\n", {"sign": "-", "scale": "3"}, "-12000"),
        ("-5", {"sign": "-"}, "5"),
        ("1.25", {"scale": "-2"}, "0.0125"),
        ("123456789012345678901234567890.1", {"scale": "6"}, "123456789012345678901234567890100000"),
        ("1e3", {}, "1000"),
        (".5", {}, ".5"),
        ("0", {"sign": "-"}, "-0"),
        ("", {}, None),
        (" - ", {}, None),
        ("\u2014", {"format": "ixt:zerodash"}, None),
        ("1.234,5", {"format": "ixt2:numcommadecimal"}, "1234.5"),
        ("1.234", {"format": "ixt:numdotcomma"}, "1234"),
        ("1,5", {"format": "ixt4:num-comma-decimal", "scale": "3"}, "1500"),
        ("1,234.5", {"format": "ixt:numcommadot"}, "1234.5"),
        ("1 234\u00a0567", {"format": "ixt2:numdotdecimal"}, "1234567"),
    ],
)
def test_numbers(text: str, attributes: dict[str, str], expected: str | None) -> None:
    assert value(text, FactType.NUMBER, attributes) == expected


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("n/a", {}),
        ("NaN", {}),
        ("infinity", {}),
        ("1_000", {}),
        ("0x1F", {}),
        ("١٢", {}),
        ("(1)", {}),
        ("£5", {}),
        ("1 2", {}),
        ("5", {"scale": "x"}),
        ("5", {"scale": "100000"}),
        ("9" * 2000, {}),
    ],
)
def test_what_is_no_number_is_refused(text: str, attributes: dict[str, str]) -> None:
    with pytest.raises(InvalidValue, match="expected a number"):
        value(text, FactType.NUMBER, attributes)


@pytest.mark.parametrize(
    ("text", "expected"), [("2019: 1", "1"), ("average: 2019: 3", "3"), ("4", "4"), ("2019: ", None), ("2019: -", None)]
)
def test_a_label_before_a_number_is_dropped(text: str, expected: str | None) -> None:
    assert value(text, FactType.LABELLED_NUMBER) == expected


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [
        ("2016-07-04", "", "2016-07-04"),
        ("2016/7/4", "", "2016-07-04"),
        ("20160704", "", "2016-07-04"),
        ("31.3.20", "ixt2:datedaymonthyear", "2020-03-31"),
        ("5 April 2020", "", "2020-04-05"),
        ("31st March 2020", "", "2020-03-31"),
        ("05/04/2020", "", "2020-04-05"),
        ("05/04/2020", "ixt:datemonthdayyear", "2020-05-04"),
        ("04/05/20", "ixt:dateslashus", "2020-04-05"),
        ("April 5, 2020", "", "2020-04-05"),
        ("-", "", None),
    ],
)
def test_dates_have_the_day_first_unless_their_format_says_otherwise(
    text: str, format: str, expected: str | None
) -> None:
    assert value(text, FactType.DATE, {"format": format}) == expected


@pytest.mark.parametrize(
    "text", ["March 2020", "31 March", "2020", "today", "2020-02-31", "30 February 2020", "x" * 99]
)
def test_a_date_that_leaves_something_out_is_refused_and_not_completed(text: str) -> None:
    with pytest.raises(InvalidValue, match="expected a date with day, month and year"):
        value(text, FactType.DATE)


@given(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=30), st.sampled_from(FactType))
def test_any_text_is_a_value_or_refused(text: str, type: FactType) -> None:
    try:
        value(text, type)
    except InvalidValue as error:
        assert "expected" in str(error)


def test_names_are_on_one_line_without_quotation_marks() -> None:
    assert value(' The "A"\nLtd ', FactType.TEXT) == "The A Ltd"


@pytest.mark.parametrize(
    ("text", "format", "expected"),
    [("", "ixt2:booleanfalse", "false"), ("dormant", "ixt4:fixed-true", "true"), ("dormant", "ixt:nocontent", None)],
)
def test_a_format_says_what_words_of_a_boolean_mean(text: str, format: str, expected: str | None) -> None:
    assert value(text, FactType.BOOLEAN, {"format": format}) == expected


def test_only_the_words_true_and_false_are_booleans() -> None:
    assert [value(text, FactType.BOOLEAN) for text in ("true", " false ", "True", "1", "")] == [
        "true",
        "false",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (" 2020-03-31 ", "2020-03-31"),
        ("2020-03-31T00:00:00", "2020-03-31"),
        ("2020-02-31", None),
        ("31 March 2020", None),
        ("2020-03-31+01:00", None),
    ],
)
def test_days_of_contexts(text: str, expected: str | None) -> None:
    assert read_day(text) == expected
