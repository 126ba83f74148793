"""What a person types -> a query of Postgres's full text search, and what of each dataset fits it.

The syntax is that of `websearch_to_tsquery`: words that must all be there, "in this order", this or that, -without.
The last word may be unfinished.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from django.contrib.postgres.search import SearchQueryField
from django.db import connection
from django.db.models import BooleanField, F, Func, Value
from django.db.models.functions import Cast
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from psycopg import Connection, sql

from dss_web.shared.contract import CATALOGUE, CATALOGUE_INDEX

# As long as a sentence; what is longer is cut.
MOST_CHARACTERS: Final = 200
# What is shown of a dataset's columns that fit; more are counted.
_COLUMNS_SHOWN: Final = 3
# A description of a sentence or two is shown as a whole.
_SHORT_CHARACTERS: Final = 200
# They stand around what fits until everything else is escaped, and no text of ours has them.
_BEGIN, _END = "\x02", "\x03"
_MARKED: Final = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_WHOLE: Final = f"StartSel={_BEGIN}, StopSel={_END}, HighlightAll=true"
_PASSAGE: Final = f"StartSel={_BEGIN}, StopSel={_END}, MinWords=15, MaxWords=30"
_FEW_WORDS: Final = f"StartSel={_BEGIN}, StopSel={_END}, MinWords=4, MaxWords=10"

# The second column is the query without what must not be there, and with "or" in the place of "and" and "followed by":
# what fits it is a reason for the dataset to be found.
_PARSE: Final = b"""
    SELECT strict::text, CASE WHEN querytree(strict) IN ('', 'T') THEN ''
        ELSE regexp_replace(querytree(strict), ' (&|<->|<[0-9]+>) ', ' | ', 'g') END
    FROM (SELECT websearch_to_tsquery('english', %(words)s) || CASE WHEN %(last)s = '' THEN ''
        ELSE websearch_to_tsquery('english', %(before)s) && to_tsquery('english', %(last)s || ':*') END) AS _ (strict)
"""
# For the few datasets of a page: making the search vector of each of their columns takes 10 microseconds.
_MATCHES: Final = sql.SQL("""
    SELECT key, ts_headline('english', title, fits, %(whole)s), ts_headline('english', description, fits,
        CASE WHEN length(description) <= {short} THEN %(whole)s ELSE %(passage)s END),
        ts_headline('english', owner, fits, %(whole)s), columns
    FROM {index} CROSS JOIN (SELECT %(fits)s::tsquery AS fits) AS asked
    LEFT JOIN (
        SELECT key, array_agg(DISTINCT ARRAY[name, CASE WHEN to_tsvector('english', words) @@ %(fits)s::tsquery THEN ''
            ELSE ts_headline('english', meaning, %(fits)s::tsquery, %(few_words)s) END]) AS columns
        FROM {catalogue}
        CROSS JOIN LATERAL jsonb_path_query(tables, '$[*].columns[*]') AS each
        CROSS JOIN LATERAL (
            SELECT each ->> 'name' AS name, translate(each ->> 'name', '_', ' ') AS words,
                each ->> 'description' AS meaning
        ) AS said
        WHERE key = ANY (%(keys)s) AND withdrawn_at IS NULL
        AND to_tsvector('english', words || ' ' || meaning) @@ %(fits)s::tsquery
        GROUP BY key
    ) AS described USING (key)
    WHERE key = ANY (%(keys)s)
""").format(
    index=sql.Identifier(*CATALOGUE_INDEX), catalogue=sql.Identifier(*CATALOGUE), short=sql.Literal(_SHORT_CHARACTERS)
)


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, and two queries as Postgres writes them: all of it, and any part of it. Both may be empty."""

    text: str = ""
    strict: str = ""
    any: str = ""

    @property
    def expression(self) -> Cast:
        """All of it, as Postgres's own type: nothing of it is parsed again."""
        return Cast(Value(self.strict), SearchQueryField())

    def fits(self, vector: str) -> Func:
        """The condition that the search vector in this field fits all of it."""
        # Django's own lookup would parse the query again.
        return Func(
            F(vector), self.expression, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField()
        )


@dataclass(frozen=True, slots=True)
class Match:
    """What of a dataset fits, as HTML with marks: its title, a passage of its description where that fits, its owner.

    `columns` are up to three names, each with what it means where that fits and not the name; `more_columns` counts
    the others.
    """

    title: SafeString
    description: SafeString
    owner: SafeString
    columns: Sequence[tuple[str, SafeString]] = field(default_factory=tuple)
    more_columns: int = 0

    @property
    def has_owner_only(self) -> bool:
        """Whether nothing but the owner says why the dataset was found."""
        return "<mark" in self.owner and not self.columns and "<mark" not in self.title + self.description


def parse(text: str) -> Query:
    """The queries for what a person typed. The last word may be the beginning of one, unless it is quoted or unwanted.

    Names as the API has them, `organisation.dataset` and `a_column`, are the words of which they are made.
    """
    text = " ".join(text.replace("\0", " ").split())[:MOST_CHARACTERS].strip()
    words = re.sub(r"(?<=\w)[._](?=\w)", " ", text)
    unfinished = re.search(r"(?:^|\s)([^\W_]+)$", words) if words.count('"') % 2 == 0 else None
    last = unfinished[1] if unfinished else ""
    if not words:
        return Query(text)
    with connection.cursor() as cursor:
        cursor.execute(_PARSE.decode(), {"words": words, "before": words.removesuffix(last), "last": last})
        return Query(text, *cast("tuple[str, str]", cursor.fetchone()))


def matches(query: Query, keys: Sequence[str]) -> Mapping[str, Match]:
    """What of each of these datasets fits a query, by key."""
    if not query.any or not keys:
        return {}
    values = {"keys": list(keys), "fits": query.any, "whole": _WHOLE, "passage": _PASSAGE, "few_words": _FEW_WORDS}
    # Django's connection is one of psycopg's, once it has been used.
    found = cast("Connection[Any]", connection.connection).execute(_MATCHES, values).fetchall()
    return {
        key: Match(
            title=_as_html(title),
            description=_as_html(description if _BEGIN in description else ""),
            owner=_as_html(owner),
            # Those whose names fit come first.
            columns=[
                (name, _as_html(meaning))
                for name, meaning in sorted(columns or [], key=lambda column: column[1] != "")[:_COLUMNS_SHOWN]
            ],
            more_columns=max(0, len(columns or []) - _COLUMNS_SHOWN),
        )
        for key, title, description, owner, columns in found
    }


def _as_html(marked: str) -> SafeString:
    """A text in which what fits is between two characters that no text has -> HTML with `<mark>`."""
    html = _MARKED.sub(r'<mark class="dss-mark">\1</mark>', escape(marked))
    return mark_safe(html)  # noqa: S308 escaped in the line before
