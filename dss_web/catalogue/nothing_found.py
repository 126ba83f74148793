"""What helps a person whose search has found nothing: the words they may have meant, and wider searches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

from dss_web.accounts.models import User
from dss_web.catalogue.finding import Wish, find, listed_for
from dss_web.catalogue.search import parse

# A letter or two that are wrong in a word, or missing.
_ALIKE: Final = 0.75
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Wider:
    """Another search that finds something: what is said of it, how many datasets it finds, and its address."""

    text: str
    count: int
    address: str


def wider_searches(person: User, wish: Wish) -> Sequence[Wider]:
    """Searches near a wish that found nothing, each of which finds something; the nearest first."""
    found = []
    if wish.has_filters and (count := find(person, Wish(query=wish.query)).count()):
        found.append(Wider(f"Search for “{wish.query.text}” without filters", count, _address(wish.query.text)))
    if (meant := _meant(person, wish.query.text)) and (count := find(person, Wish(query=parse(meant))).count()):
        found.append(Wider(f"Search for “{meant}”", count, _address(meant)))
    words = wish.query.text.replace('"', " ").split()
    if len(words) > 1:
        either = " or ".join(word for word in words if not word.startswith("-") and word.lower() != "or")
        if count := find(person, Wish(query=replace(wish.query, strict=wish.query.any))).count():
            found.append(Wider("Search for any of these words", count, _address(either)))
    return found


def _address(words: str) -> str:
    return "?" + urlencode({"q": words})


def _meant(person: User, text: str) -> str:
    """What was typed, with the words of datasets' names and titles that are like those that no dataset has; or ''."""
    named = listed_for(person).order_by().values_list("title", "key")
    known = {word for names in named for name in names for word in _WORD.findall(name.lower().replace("_", " "))}

    def nearest(word: re.Match[str]) -> str:
        typed = word[0].lower()
        return word[0] if typed in known else next(iter(get_close_matches(typed, known, 1, _ALIKE)), word[0])

    meant = _WORD.sub(nearest, text)
    return meant if meant != text else ""
