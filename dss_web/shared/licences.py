"""The terms under which datasets are often published: what declarations name, and what people choose from."""

from typing import Final, NamedTuple


class Terms(NamedTuple):
    """A licence by its name, and the page on which it stands; '' where there is none."""

    name: str
    url: str


OPEN_GOVERNMENT_LICENCE: Final = Terms(
    "Open Government Licence v3.0",
    "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
)
# In the order in which a person chooses. Whatever else there is, they write.
COMMON_LICENCES: Final = (
    OPEN_GOVERNMENT_LICENCE,
    Terms("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    Terms("For use inside government only", ""),
)
