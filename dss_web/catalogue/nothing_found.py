"""What helps a person whose search has found nothing: the words they may have meant, and wider searches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final
from urllib.parse import urlencode

from dss_web.accounts.models import User
from dss_web.catalogue.finding import Wish, find, listed_for
from dss_web.catalogue.search import Query, parse

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

    def offer(text: str, query: Query) -> None:
        if count := find(person, Wish(query=query)).count():
            found.append(Wider(text, count, "?" + urlencode({"q": query.text})))

    typed = wish.query.text
    if wish.has_filters:
        offer(f"Search for “{typed}” without filters", wish.query)
    if (meant := _meant(person, typed)) != typed:
        offer(f"Search for “{meant}”", parse(meant))
    words = [word for word in meant.replace('"', " ").split() if not word.startswith("-") and len(word) > 2]
    if (either := " or ".join(words)) != meant and len(words) > 1:
        offer(f"Search for “{either}”", parse(either))
    return found


def _meant(person: User, text: str) -> str:
    """What was typed, with the words of datasets' names and titles that are like those that no dataset has."""
    named = listed_for(person).order_by().values_list("title", "key")
    known = {word for names in named for name in names for word in _WORD.findall(name.lower().replace("_", " "))}

    def nearest(word: re.Match[str]) -> str:
        typed = word[0].lower()
        return word[0] if typed in known else next(iter(get_close_matches(typed, known, 1, _ALIKE)), word[0])

    return _WORD.sub(nearest, text)
