"""Finding a postcode, whatever its spaces and case."""

from typing import Final

from psycopg import sql

# The part of every postcode after the space: a digit and two letters.
_INWARD_LENGTH: Final = 3


def condition(text: str) -> sql.Composable:
    """SQL over `t` for the rows of this postcode in each of its spellings, so that an index on the column serves it.

    Published postcodes are in capitals, with no, one or two spaces (to line up in a column) before the inward part.
    """
    compact = "".join(text.split()).upper().replace("\0", "")
    outward, inward = compact[:-_INWARD_LENGTH], compact[-_INWARD_LENGTH:]
    spellings = {compact, f"{outward} {inward}", f"{outward}  {inward}"}
    return sql.SQL('t."postcode" IN ({})').format(sql.SQL(", ").join(map(sql.Literal, sorted(spellings))))
