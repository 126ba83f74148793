"""The policies for the bucket allow each half what its code asks of the storage, and no more."""

import json
import re
from typing import Any

import pytest

from dss_assets import storage
from tests.conftest import REPOSITORY

# What S3 asks a right for, by the function of obstore. A large file is written in parts, which are dropped if it fails.
ACTIONS = {
    "put": {"s3:PutObject", "s3:AbortMultipartUpload"},
    "get": {"s3:GetObject"},
    "get_range": {"s3:GetObject"},
    "head": {"s3:GetObject"},
    "open_reader": {"s3:GetObject"},
    "copy": {"s3:GetObject", "s3:PutObject"},
    "delete": {"s3:DeleteObject"},
    "list": {"s3:ListBucket"},
    "list_with_delimiter": {"s3:ListBucket"},
}


def called_by(half: str) -> set[str]:
    """The functions of obstore that the code of a half calls, with what both share."""
    files = [*(REPOSITORY / half).rglob("*.py"), *(REPOSITORY / "dss_web/shared").rglob("*.py")]
    return {name for file in files for name in re.findall(r"\bobstore\.(\w+)\(", file.read_text())}


def statements(half: str) -> list[dict[str, Any]]:
    policy = json.loads((REPOSITORY / f"infra/aws/bucket-policy-{half}.json").read_text())
    assert policy["Version"] == "2012-10-17"
    found: list[dict[str, Any]] = policy["Statement"]
    return found


@pytest.mark.parametrize("half", ["web", "assets"])
def test_a_policy_allows_the_calls_of_the_code_and_no_other(half: str) -> None:
    needed = set().union(*(ACTIONS[name] for name in called_by(f"dss_{half}")))
    allowed = {
        action
        for one in statements(half)
        for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])
    }

    assert allowed == needed
    assert {one["Effect"] for one in statements(half)} == {"Allow"}


def test_the_web_app_reaches_only_what_people_upload() -> None:
    folders = {
        half: {
            resource.split("/")[1] for one in statements(half) if one["Sid"] == "Files" for resource in one["Resource"]
        }
        for half in ("web", "assets")
    }
    # As storage.py lists them.
    known = set(re.findall(r"^<?(\w+)>?/<(?:organisation|schema)>", str(storage.__doc__), re.MULTILINE))
    assert folders == {"web": {"uploads", "arriving"}, "assets": known}
