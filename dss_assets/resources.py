"""The environment -> what the assets work with: database, storage, publishers, delivery."""

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from pydantic import Field, SecretStr, field_validator

from dss_assets.database import Database
from dss_assets.dataset import Source
from dss_assets.delivery import Delivery, DeliverySettings, connect
from dss_assets.parquet_versions import ParquetSettings
from dss_assets.retention import RetentionSettings
from dss_assets.sources import PublisherClient
from dss_assets.storage import Storage
from dss_web.shared.settings import EnvironmentSettings, SharedSettings

# Printable characters of ASCII, without blanks at the ends (RFC 9110, 5.5).
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")


class SourceSettings(EnvironmentSettings):
    """How publishers are asked."""

    dss_source_base_urls: dict[str, str] = Field(
        default_factory=dict,
        description="JSON object that redirects requests to publishers: a URL that starts with a key is requested at "
        "the key's value instead. Publishers' links and redirects may lead to private addresses only at hosts that a "
        "declaration names, or these values.",
    )
    dss_source_keys: dict[str, SecretStr] = Field(
        default_factory=dict,
        description="JSON object with the keys of publishers, by the names that declarations give them in a `Header`. "
        "Keep it secret. A dataset whose key is missing stops; the others continue.",
    )

    @field_validator("dss_source_keys")
    @classmethod
    def _are_headers(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        """A value that no header can have would only be found when a publisher is asked, and shown in the error."""
        wrong = [name for name, key in keys.items() if not _HEADER_VALUE.fullmatch(key.get_secret_value())]
        if wrong:
            raise ValueError(f"the keys of {', '.join(wrong)} are empty, or have characters that no header may have")
        return keys

    @property
    def source_keys(self) -> dict[str, str]:
        """The keys of publishers in the clear."""
        return {name: key.get_secret_value() for name, key in self.dss_source_keys.items()}


class AssetsSettings(SharedSettings, DeliverySettings, SourceSettings, RetentionSettings, ParquetSettings):
    """What the assets half needs besides."""

    dss_web_url: str = Field(
        description="Base URL of the web app for people and clients. Links in the Dagster UI use it too."
    )
    dss_source_interval_seconds: int | None = Field(
        None, ge=1, description="How often to check every publisher. If empty, each dataset's declaration decides."
    )
    dss_kept_versions: int = Field(
        3,
        ge=0,
        description="How many earlier versions of each uploaded dataset are kept as tables, beside the one in use: "
        "they are restored at once, and clients that are half through one of them read it to its end. Each takes as "
        "much disk as the one in use.",
    )


@dataclass(frozen=True)
class Service:
    """Everything that the assets work with, from the settings; each part is made when it is first asked for."""

    settings: AssetsSettings

    @cached_property
    def database(self) -> Database:
        """The service's Postgres."""
        return Database(self.settings.database_url)

    @cached_property
    def storage(self) -> Storage:
        """Where files are kept."""
        settings = self.settings
        return Storage(settings.s3_bucket_url, settings.datasets_folder, settings.upload_folder)

    @cached_property
    def publishers(self) -> PublisherClient:
        """HTTP to publishers."""
        return PublisherClient(self.settings.dss_source_base_urls, self.database, self.settings.source_keys)

    @cached_property
    def delivery(self) -> Delivery:
        """How tables get into the datasets database."""
        return connect(self.settings, self.database)

    def seconds_between_looks(self, source: Source) -> int:
        """How often a source is asked: as the setting says, or as it declares."""
        return self.settings.dss_source_interval_seconds or int(source.every.total_seconds())

    def page_url(self, dataset: str) -> str:
        """The page of `organisation.dataset` in the catalogue. It opens for people who may see the dataset."""
        return f"{self._web_url}/datasets/{dataset.replace('.', '/', 1)}/"

    def runs_url(self, source: str) -> str:
        """The admin's list of a dataset's deliveries. It opens for administrators."""
        return f"{self._web_url}/admin/registry/dataflowrun/?{urlencode({'schema_name': source})}"

    def registry_url(self, source: str, file_name: str | None = None) -> str:
        """The admin's list of a dataset's files, or of the one file. It opens for administrators."""
        asked = {"source": source} if file_name is None else {"source": source, "q": file_name}
        return f"{self._web_url}/admin/registry/datafile/?{urlencode(asked)}"

    @property
    def _web_url(self) -> str:
        return self.settings.dss_web_url.rstrip("/")
