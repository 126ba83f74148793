"""The environment -> data-flow's API: which Airflow it is, where, and who we are there."""

import hashlib
import re
from collections.abc import Sequence
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from dss_assets.dataflow.airflow_1 import Airflow1
from dss_assets.dataflow.airflow_2 import Airflow2
from dss_assets.dataflow.airflow_3 import Airflow3
from dss_assets.dataflow.api import DataFlow
from dss_assets.dataflow.credentials import Basic, Credentials, FixedToken, PasswordToken
from dss_web.shared.settings import EnvironmentSettings

# What a header can carry: RFC 6750, 2.1.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class DataflowSettings(EnvironmentSettings):
    """How data-flow is asked."""

    dataflow_api: Literal["airflow-1", "airflow-2", "airflow-3"] = Field(
        "airflow-1",
        description="data-flow's API: `airflow-1` is the experimental one of Airflow 1.10 with HAWK, `airflow-2` is "
        "`/api/v1`, `airflow-3` is `/api/v2`.",
    )
    dataflow_base_url: str = Field(
        "", description="Base URL of data-flow, if that copies our tables into the datasets database."
    )
    dataflow_web_url: str = Field(
        "", description="Where people open Airflow, if not at `DATAFLOW_BASE_URL`. Links to its runs use it."
    )
    dataflow_uploader_dag_id: str = Field("DSSGenericPipeline", description="The data-flow DAG that copies our tables.")
    dataflow_hawk_id: str | None = Field(
        None, description="HAWK id for our requests to data-flow. Required with `airflow-1`."
    )
    dataflow_hawk_key: SecretStr | None = Field(
        None, description="HAWK key for our requests to data-flow. Required with `airflow-1`. Keep it secret."
    )
    dataflow_username: str | None = Field(
        None, description="Our user in Airflow 2 or 3, with the role `User`, unless there is a token."
    )
    dataflow_password: SecretStr | None = Field(None, description="The password of that user. Keep it secret.")
    dataflow_token: SecretStr | None = Field(
        None,
        description="A bearer token for Airflow 2 or 3 that does not expire, in place of user and password. Keep it "
        "secret.",
    )

    @field_validator("dataflow_base_url", "dataflow_web_url")
    @classmethod
    def _has_no_credentials(cls, url: str) -> str:
        """They would be shown in every error."""
        if "@" in urlsplit(url).netloc:
            raise ValueError("the URL has a user or a password in it. Use DATAFLOW_USERNAME and DATAFLOW_PASSWORD")
        return url

    @field_validator("dataflow_token")
    @classmethod
    def _is_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token and not _TOKEN.fullmatch(token.get_secret_value()):
            raise ValueError("the token has characters that no bearer token may have")
        return token

    @model_validator(mode="after")
    def _says_who_we_are(self) -> Self:
        if not self.dataflow_base_url:
            return self
        if self.dataflow_api == "airflow-1":
            if not (self.dataflow_hawk_id and self.dataflow_hawk_key):
                raise ValueError("with DATAFLOW_API=airflow-1, DATAFLOW_HAWK_ID and DATAFLOW_HAWK_KEY are needed")
        elif not (self.dataflow_token or (self.dataflow_username and self.dataflow_password)):
            raise ValueError(
                f"with DATAFLOW_API={self.dataflow_api}, DATAFLOW_USERNAME and DATAFLOW_PASSWORD are needed, or "
                "DATAFLOW_TOKEN"
            )
        return self


def connect(settings: DataflowSettings) -> DataFlow:
    """data-flow's API, as the settings name it."""
    url, dag = settings.dataflow_base_url.rstrip("/"), settings.dataflow_uploader_dag_id
    fields = [str(getattr(settings, name)) for name in DataflowSettings.model_fields if name != "dataflow_web_url"]
    secrets = [settings.dataflow_hawk_key, settings.dataflow_password, settings.dataflow_token]
    configuration = digest(fields, [_secret(one) for one in secrets])
    if settings.dataflow_api == "airflow-1":
        return Airflow1(url, dag, settings.dataflow_hawk_id or "", _secret(settings.dataflow_hawk_key), configuration)
    kind = Airflow2 if settings.dataflow_api == "airflow-2" else Airflow3
    return kind(url, dag, _credentials(settings, url), configuration, settings.dataflow_web_url)


def _credentials(settings: DataflowSettings, url: str) -> Credentials:
    if settings.dataflow_token:
        return FixedToken(settings.dataflow_token.get_secret_value())
    username, password = settings.dataflow_username or "", _secret(settings.dataflow_password)
    return PasswordToken(url, username, password) if settings.dataflow_api == "airflow-3" else Basic(username, password)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def digest(fields: Sequence[str], secrets: Sequence[str]) -> str:
    """Eight characters that change with the settings, and with the secrets among them.

    They are stored with each run: slow to make, and many secrets have the same, so that none can be guessed from it.
    """
    return hashlib.scrypt(
        "\0".join(secrets).encode(), salt="\0".join(fields).encode(), n=2**14, r=8, p=1, dklen=4
    ).hex()
