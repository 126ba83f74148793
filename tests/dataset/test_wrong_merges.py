"""A wrong declaration of how the rows of a file join earlier ones is refused when it is made."""

from collections.abc import Callable

import pytest

from dss_assets.dataset import Append, Column, Dataset, Replace, Update, UserCsv


def budget(merge: Append | Update) -> Dataset:
    return Dataset("finance", "budget", None, UserCsv(), Replace(merge=merge), (Column("name"),))


WRONG: dict[str, Callable[[], object]] = {
    "Append needs a `base`: the file whose rows stay": lambda: Append(""),
    "Update needs a `base`: the file whose rows stay": lambda: Update("", ("name",)),
    "Update needs a `key`: a tuple of names of columns": lambda: Update("a", ()),
    "Update: columns of the key declared twice: name": lambda: Update("a", ("name", "name")),
    "finance.budget: 'girth' of the key by which rows are updated is no column of L0": lambda: budget(
        Update("a", ("girth",))
    ),
    "-1 rows of an upload cannot be left out: 0 or more can": lambda: UserCsv(left_out=-1),
}


@pytest.mark.parametrize("message", WRONG)
def test_a_wrong_merge_is_refused(message: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        WRONG[message]()

    assert message in str(refused.value)
