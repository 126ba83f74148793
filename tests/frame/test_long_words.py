"""Long words on pages: broken at their joints, and never more than text."""

import pytest

from dss_web.frame.long_words import breakable


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("short_name.csv", "short_name.csv"),
        ("returns_of_all_offices_2024.csv", "returns_<wbr>of_<wbr>all_<wbr>offices_<wbr>2024.<wbr>csv"),
        ("ursula.uploader@example.gov.uk", "ursula.uploader@<wbr>example.gov.uk"),
        ("a few words that are short, though many", "a few words that are short, though many"),
        (
            "<script>alert(1)</script>_and_more.csv",
            "&lt;script&gt;alert(1)&lt;/<wbr>script&gt;_<wbr>and_<wbr>more.<wbr>csv",
        ),
    ],
)
def test_a_long_word_may_be_broken_at_its_joints(text: str, html: str) -> None:
    assert breakable(text) == html
