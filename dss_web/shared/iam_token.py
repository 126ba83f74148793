"""Passwords that IAM gives for databases of RDS: a token, signed here for each connection that is opened.

With DSS_DATABASE_IAM_REGION, each database whose URL has no password is connected to in this way. Nothing is asked of
AWS for a token but the role's credentials, which botocore keeps and renews. RDS takes a token for a quarter of an hour,
from its user alone and over TLS alone (seen 2026-11-26):
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
"""

import logging
import os
import re
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any, Final
from urllib.parse import quote, urlsplit

from psycopg import OperationalError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dss_web.shared.setting_files import read_setting

SETTING: Final = "DSS_DATABASE_IAM_REGION"
REGION_PATTERN: Final = r"^([a-z]{2}(-[a-z]+)+-\d+)?$"
# The threads of a pool begin together.
_ONE_SIGNER: Final = Lock()
_WITH_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})
# What a URL may leave to libpq's variables, as psycopg does.
_OF_ENVIRONMENT: Final = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "sslmode": "PGSSLMODE"}


def require_what_iam_needs(parts: dict[str, Any]) -> None:
    """Raise ValueError if a database gets tokens and could not be connected to with one.

    `parts` are those of its URL, by libpq's names.
    """
    if not _gets_token(parts):
        return
    region = _region()
    if not re.fullmatch(REGION_PATTERN, region):
        raise ValueError(f"{SETTING} is {region!r}, which is no region of AWS such as eu-west-2")
    where = _where(parts)
    if where["sslmode"] not in _WITH_TLS:
        raise ValueError(
            f"it has no password, so {SETTING} has a token of IAM sent, which RDS takes over TLS alone; found sslmode "
            f"{where['sslmode'] or 'prefer'}: add sslmode=verify-full and sslrootcert to the URL, or set PGSSLMODE"
        )
    if not where["user"] or not re.fullmatch(r"[^,/]+", where["host"]):
        raise ValueError(
            f"it has no password, so {SETTING} has a token of IAM made, which is for one host and one user: the URL "
            "must name both, the host as RDS calls it"
        )
    try:
        # Here already, since it takes a fifth of a second: a request does not wait for long for its first connection.
        import_module("botocore.session")
    except ImportError:
        raise ValueError(f"{SETTING} needs botocore, which signs tokens: install data-store-service[aws]") from None


def with_token(url: str) -> str:
    """The URL with a token as its password, where it has none and IAM gives one; otherwise as it is.

    Raises psycopg.OperationalError where there are no credentials to sign with.
    """
    is_url = "://" in url
    parts = urlsplit(url)
    known = conninfo_to_dict(parts._replace(scheme="postgresql").geturl() if is_url else url)
    if not url or not _gets_token(known):
        return url
    token = _token(_where(known), _region())
    if not is_url:
        return make_conninfo(url, password=token)
    user, _, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.rstrip(':')}:{quote(token, safe='')}@{place}").geturl()


def _region() -> str:
    return read_setting(SETTING)


def _gets_token(parts: dict[str, Any]) -> bool:
    return bool(parts) and not parts.get("password") and bool(_region())


def _where(parts: dict[str, Any]) -> dict[str, str]:
    return {name: str(parts.get(name) or os.environ.get(of, "")) for name, of in _OF_ENVIRONMENT.items()}


def _token(where: dict[str, str], region: str) -> str:
    """A token from now on. Not kept: it takes 0.15 ms, and ends before its time when the credentials do."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 for those alone who use it

    try:
        with _ONE_SIGNER:
            signer = _signer(region)
        token: str = signer.generate_db_auth_token(
            DBHostname=where["host"], Port=int(where["port"] or 5432), DBUsername=where["user"]
        )
    # The second is what STS refuses, the third what botocore says of credentials that came and are over.
    except (BotoCoreError, ClientError, RuntimeError) as error:
        raise OperationalError(
            f"No token of IAM could be signed for {where['user']} at {where['host']}: {error} It needs the credentials "
            "of a role with rds-db:connect, from the task, the pod or AWS_… variables."
        ) from error
    return token


@cache
def _signer(region: str) -> Any:
    """A client of this process, which keeps the credentials of its role and renews them before they end.

    Raises NoCredentialsError, which is not kept: who connects later asks again.
    """
    from botocore.exceptions import NoCredentialsError  # noqa: PLC0415 see above
    from botocore.session import Session  # noqa: PLC0415 see above

    # It says once for each process, each run and each health check where it has found credentials.
    logging.getLogger("botocore.credentials").setLevel(logging.WARNING)
    session = Session()
    if session.get_credentials() is None:
        raise NoCredentialsError
    return session.create_client("rds", region_name=region)
