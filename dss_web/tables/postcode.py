"""Finding a postcode, however the client spaces it."""

from typing import Final

from psycopg import sql

# Of every postcode, the part after the space: a digit and two letters.
_INWARD: Final = 3


def condition(text: str) -> sql.Composable:
    """Rows of `t` that hold this postcode, by any of the ways to write it: an index on the column finds them.

    Published postcodes are in capitals, with no space, one or two (so that they line up) before the inward part.
    """
    compact = "".join(text.split()).upper().replace("\0", "")
    outward, inward = compact[:-_INWARD], compact[-_INWARD:]
    spellings = {compact, f"{outward} {inward}", f"{outward}  {inward}"}
    return sql.SQL('t."postcode" IN ({})').format(sql.SQL(", ").join(map(sql.Literal, sorted(spellings))))
