"""The web half's settings, from the environment. No Django here: gunicorn's configuration reads them too."""

from enum import StrEnum
from functools import cache
from ipaddress import ip_network
from typing import Final

from pydantic import Field, field_validator

from dss_web.encryption import cipher_of
from dss_web.shared.settings import SharedSettings

CHECKS: Final = ("database", "storage", "dagster")


class TypeNames(StrEnum):
    """In whose words table-structure tells a column's type."""

    DATAFLOW = "dataflow"
    FLASK = "flask"


class WebSettings(SharedSettings):
    """What the web app needs to know of the world around it."""

    dss_app_secret_key: str = Field(min_length=1, description="Signs sessions and form tokens. Keep it secret.")
    dss_web_url: str = Field(
        "http://localhost:8000", description="The base URL by which people and clients reach the web app."
    )
    dss_allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]", description="Host names that the web app answers to, with commas between."
    )
    dss_trusted_proxies: str = Field(
        "",
        description="Proxies whose `X-Forwarded-For`, `-Proto`, `-Host` and `-Port` are believed: addresses and "
        "networks such as `10.0.0.0/8`, with commas between; `*` for whoever connects, where none but the proxy can.",
    )
    dss_static_folder: str = Field(
        "staticfiles", description="Where `manage.py collectstatic` puts the files that pages need."
    )

    dss_hawk_encryption_keys: str = Field(
        repr=False,
        description="Fernet keys with commas between, by which HAWK keys are encrypted in the database: the first "
        "encrypts, all decrypt. Keep them secret.",
    )
    dss_hawk_enabled: bool = Field(
        True, description="`false` opens the API to everyone: only for a network that nobody else can reach."
    )
    dss_hawk_nonce_enabled: bool = Field(True, description="`false` lets a request be sent again and again.")
    dss_hawk_response_header: bool = Field(
        True, description="`false` leaves out `Server-Authorization`, by which clients check answers."
    )
    dss_hawk_timestamp_skew_in_seconds: int = Field(
        60, ge=1, description="By how much a client's clock may differ from the server's."
    )
    dss_hawk_nonce_url: str | None = Field(
        None,
        repr=False,
        description="Where used nonces are remembered: Postgres if empty, or the Redis of this `redis://`, "
        "`rediss://` or `unix://` URL, which must not evict.",
    )
    dss_hawk_failure_limit: int = Field(
        60,
        ge=1,
        description="Failed authentications in a minute of one id from one address; further ones are answered with "
        "429. Each process counts its own.",
    )
    dss_hawk_failure_limit_for_address: int = Field(600, ge=1, description="The same for one address, whatever the id.")

    dss_pagination_size: int = Field(1000, ge=1, description="Rows on a page.")
    dss_table_structure_names: TypeNames = Field(
        TypeNames.DATAFLOW,
        description="How table-structure names types: `dataflow`, or `flask` for the names of the last Flask release.",
    )
    dss_statement_timeout_seconds: float = Field(
        60, gt=0, description="A page that takes the database longer than this is answered with 503."
    )
    dss_lock_timeout_seconds: float = Field(
        20, gt=0, description="A page that waits longer than this for a table being replaced is answered with 503."
    )

    dss_exports_at_once: int = Field(
        2,
        ge=1,
        description="Exports of whole tables that each process sends at once. "
        "One of several threads is always left for pages.",
    )
    dss_export_timeout_seconds: float = Field(
        3600, gt=0, description="An export that takes the database longer than this is broken off."
    )
    dss_export_spool_folder: str = Field(
        "", description="Where exports wait for slow clients; the system's folder for temporary files if empty."
    )
    dss_export_spool_megabytes: int = Field(
        10_000, ge=0, description="How far a client may be behind its export before that is broken off."
    )

    dss_web_bind: str = Field("0.0.0.0:8000", description="Address and port on which gunicorn listens.")
    dss_web_workers: int = Field(2, ge=1, description="gunicorn's processes.")
    dss_web_threads: int = Field(
        8,
        ge=1,
        description="Requests that each process serves at once; for each, and each export, a database connection.",
    )
    dss_web_graceful_timeout_seconds: int = Field(
        30, ge=1, description="How long requests in flight may take after the web app is told to stop."
    )
    dss_client_timeout_seconds: float = Field(
        60, gt=0, description="A client that for this long neither takes nor sends a byte that it owes is cut off."
    )
    dss_log_level: str = Field("INFO", description="Least severity that is logged.")
    dss_metrics_token: str = Field(
        "",
        pattern=r"^([!-~]{16,})?$",
        description="Bearer token, of 16 characters or more, for `/metrics`; without it that route answers 404.",
    )
    dss_build: str = Field("", description="Version or commit that runs, as metrics name it.")
    dss_readiness_checks: str = Field(",".join(CHECKS), description="What `/readiness/` looks at, with commas between.")
    dss_readiness_timeout_seconds: float = Field(
        2, gt=0, le=20, description="What does not answer `/readiness/` within this time is not ready."
    )
    dss_heartbeat_limit_seconds: float = Field(
        180, gt=0, description="The Dagster daemon is not ready when its last heartbeat, of two a minute, is older."
    )

    csv_sample_infer_lines: int = Field(
        100_000, ge=1, description="Lines of an uploaded CSV from which its columns' types are inferred."
    )

    dss_upload_limit_megabytes: int = Field(500, ge=1, description="The largest CSV file that may be uploaded.")
    dss_uploader_access_profile: str = Field(
        "dss-uploader", description="Slug of the SSO access profile whose people may upload."
    )
    dss_admin_access_profile: str = Field(
        "dss-admin", description="Slug of the SSO access profile whose people administer the service."
    )
    dss_access_contact: str = Field(
        "the Data Workspace team", description="Whom people ask for access and for help, as pages name them."
    )

    authbroker_url: str = Field(description="Base URL of staff-sso, by which people log in.")
    authbroker_client_id: str = Field(description="The web app's client id at staff-sso.")
    authbroker_client_secret: str = Field(description="The web app's secret at staff-sso.")
    authorize_path: str = Field("/o/authorize/", description="staff-sso's page on which people log in.")
    sso_path_user: str = Field("/o/token/", description="staff-sso's route that gives tokens.")
    access_token_path: str = Field("/api/v1/user/me/", description="staff-sso's route that gives a person's profile.")
    sso_path_logout: str = Field("/logout/", description="staff-sso's page that logs people out.")

    @field_validator("dss_web_url", "authbroker_url")
    @classmethod
    def without_final_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("dss_hawk_encryption_keys")
    @classmethod
    def of_fernet_keys(cls, keys: str) -> str:
        cipher_of(keys)
        return keys

    @field_validator("dss_hawk_nonce_url")
    @classmethod
    def empty_or_of_redis(cls, url: str | None) -> str | None:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must be empty or begin with redis://, rediss:// or unix://")
        return url

    @field_validator("dss_trusted_proxies")
    @classmethod
    def of_addresses_and_networks(cls, text: str) -> str:
        for entry in _listed(text):
            if entry != "*":
                ip_network(entry)  # its ValueError names what is wrong
        return text

    @field_validator("dss_readiness_checks")
    @classmethod
    def known_checks(cls, names: str) -> str:
        if unknown := set(_listed(names)) - set(CHECKS):
            raise ValueError(f"there is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
        return names

    @property
    def exports_at_once(self) -> int:
        """Exports that a process sends at once: a thread is left for pages, where there are several."""
        return min(self.dss_exports_at_once, max(1, self.dss_web_threads - 1))

    @property
    def allowed_hosts(self) -> list[str]:
        return _listed(self.dss_allowed_hosts)

    @property
    def trusted_proxies(self) -> list[str]:
        return _listed(self.dss_trusted_proxies)

    @property
    def readiness_checks(self) -> list[str]:
        return _listed(self.dss_readiness_checks)


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


@cache
def web_settings() -> WebSettings:
    """This process's settings, read once; stops the process with one message if any is missing or wrong."""
    return WebSettings.from_environment()
