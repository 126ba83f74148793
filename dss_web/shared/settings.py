"""The settings that both halves read, from the environment or from files. No Django here: `dss_assets` imports this."""

import re
import sys
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from dss_web.shared.database_url import current_database_url, read_database_url
from dss_web.shared.iam_token import REGION_PATTERN
from dss_web.shared.setting_files import FileOfSetting, settings_in_files

# A URL, also where the JSON of a secret of RDS was given; "" where none was. Refuses what is neither.
DatabaseUrl = Annotated[str, AfterValidator(read_database_url)]


class EnvironmentSettings(BaseSettings):
    """Settings read from environment variables; a field's name in capitals is the variable's name.

    Each may be in a file instead, which `…_FILE` names. A secret says so with `repr=False`, or is a SecretStr.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, with the content of files as if it stood there. Raises FileOfSetting."""
        assert isinstance(env_settings, EnvSettingsSource)
        in_files = settings_in_files(name.upper() for name in settings_cls.model_fields)
        env_settings.env_vars = {
            **env_settings.env_vars,
            **{name.lower(): value for name, value in in_files.items()},
        }
        return init_settings, env_settings

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings, or stop the process with one message that names everything missing or wrong."""
        try:
            return cls()
        except FileOfSetting as error:
            sys.exit(str(error))
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

    def url_now(self, field: str) -> str:
        """The URL of the database in a field, as its file has it now."""
        return current_database_url(field.upper(), getattr(self, field))

    @classmethod
    def secret_names(cls) -> frozenset[str]:
        """The variables whose values nobody may see."""
        return frozenset(
            name.upper()
            for name, field in cls.model_fields.items()
            if not field.repr or "SecretStr" in str(field.annotation)
        )


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

    dss_database_url: DatabaseUrl = Field(
        repr=False,
        description="Postgres 15 or later, with the service's own tables and the datasets' tables: a URL, or the JSON "
        "of a secret of RDS. Keep it secret.",
    )
    dss_database_iam_region: str = Field(
        "",
        pattern=REGION_PATTERN,
        description="Region of AWS, such as `eu-west-2`, whose IAM gives tokens in the place of passwords, for each "
        "database whose URL has none. Dagster's processes read it, too. If empty, no tokens are used.",
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

    def database_url(self) -> str:
        """DSS_DATABASE_URL as it is now, for a connection that is opened."""
        return self.url_now("dss_database_url")
