"""The settings that both halves read, from the environment. No Django here: `dss_assets` imports this."""

import re
import sys
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError


class EnvironmentSettings(BaseSettings):
    """Settings read from environment variables; a field's name in capitals is the variable's name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings, or stop the process with one message that names everything missing or wrong."""
        try:
            return cls()
        except SettingsError as error:
            # The value may be a secret: only the name of the setting is shown.
            name = re.search(r'field "(\w+)"', str(error))
            sys.exit(f"The setting {name[1].upper() if name else error} is not JSON, which {cls.__module__} needs.")
        except ValidationError as error:
            wrong = "\n".join(
                f"  {str(fault['loc'][0]).upper() if fault['loc'] else 'settings'}: {_said(fault['msg'])}"
                for fault in error.errors()
            )
            sys.exit(f"The environment does not hold the settings that {cls.__module__} needs:\n{wrong}")


def _said(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


class LogFormat(StrEnum):
    """In whose words a log line is."""

    JSON = "json"
    ECS = "ecs"
    ASIM = "asim"


class LogSettings(EnvironmentSettings):
    """What each process logs. Those of Dagster that have no other setting of ours read it, too."""

    dss_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        "INFO", description="Lowest severity that is logged: `DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`."
    )
    dss_log_format: LogFormat = Field(
        LogFormat.JSON,
        description="What the keys of log lines are: `json` (ours), `ecs` (Elastic Common Schema) or `asim` (Microsoft "
        "Sentinel).",
    )


class SharedSettings(LogSettings):
    """What both halves need: the database and the storage where they meet."""

    dss_database_url: str = Field(
        description="Postgres 15 or later, with the service's own tables and the datasets' tables."
    )
    s3_bucket_url: str = Field(
        description="Where files are kept: `s3://bucket/prefix` or `file:///folder`. S3 credentials and endpoint are "
        "read from the usual `AWS_…` variables."
    )
    datasets_folder: str = Field("datasets", description="Folder in the storage for published files.")
    upload_folder: str = Field("uploads", description="Folder in the storage for uploaded files.")
    sentry_dsn: str = Field(
        "",
        repr=False,
        description="Where errors that nobody foresaw are reported, to Sentry or what speaks its protocol: their kind, "
        "place and route, without messages, values, requests and persons. If empty, nowhere.",
    )
