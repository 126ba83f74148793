"""The web half's settings, from the environment. No Django here: gunicorn's configuration reads them too."""

from enum import StrEnum
from functools import cache
from ipaddress import ip_network
from typing import Final

from pydantic import Field, field_validator

from dss_web.contact import Contact
from dss_web.encryption import cipher_of
from dss_web.serving_settings import ServingSettings

CHECKS: Final = ("database", "storage", "dagster", "datasets", "replica")


class TypeNames(StrEnum):
    """In whose words table-structure tells a column's type."""

    DATAFLOW = "dataflow"
    FLASK = "flask"


class Phase(StrEnum):
    """How far the service is, as the banner on its pages says."""

    ALPHA = "alpha"
    BETA = "beta"
    NONE = "none"


class WebSettings(ServingSettings):
    """What the web app needs to know of the world around it."""

    dss_app_secret_key: str = Field(
        min_length=1, repr=False, description="Signs sessions and form tokens. Keep it secret."
    )
    dss_app_secret_key_fallbacks: str = Field(
        "",
        repr=False,
        description="Former values of `DSS_APP_SECRET_KEY`, separated by blanks or line ends: what they have signed "
        "is still accepted. Keep them secret.",
    )
    dss_web_url: str = Field(
        "http://localhost:8000",
        description="Base URL of the web app for people and clients. Links in the Dagster UI use it too.",
    )
    dss_allowed_hosts: str = Field(
        "localhost,127.0.0.1,[::1]", description="Host names that the web app accepts, separated by commas."
    )
    dss_trusted_proxies: str = Field(
        "",
        description="Proxies whose `X-Forwarded-For`, `-Proto`, `-Host` and `-Port` headers are trusted: addresses or "
        "networks such as `10.0.0.0/8`, separated by commas. `*` trusts every peer; use it only if no one "
        "but the proxy can reach the app.",
    )
    dss_static_folder: str = Field(
        "staticfiles", description="Folder into which `manage.py collectstatic` puts the files for pages."
    )

    dss_hawk_encryption_keys: str = Field(
        repr=False,
        description="Fernet keys that encrypt HAWK keys in the database, separated by commas: the first one encrypts, "
        "all of them decrypt. Keep them secret.",
    )
    dss_hawk_enabled: bool = Field(
        True, description="`false` opens the API to everyone. Use it only in a network that no one else can reach."
    )
    dss_hawk_nonce_enabled: bool = Field(True, description="`false` allows a request to be repeated.")
    dss_hawk_response_header: bool = Field(
        True, description="`false` omits `Server-Authorization`, with which clients verify responses."
    )
    dss_hawk_timestamp_skew_in_seconds: int = Field(
        60, ge=1, description="How far a client's clock may differ from the server's."
    )
    dss_hawk_nonce_url: str | None = Field(
        None,
        repr=False,
        description="Where used nonces are stored: in Postgres if empty, or in Redis at this `redis://`, `rediss://` "
        "or `unix://` URL. That Redis must not evict keys.",
    )
    dss_hawk_failure_limit: int = Field(
        60,
        ge=1,
        description="Failed authentications in a minute, for one id from one address. Further ones get 429. Each "
        "process counts separately.",
    )
    dss_hawk_failure_limit_for_address: int = Field(
        600, ge=1, description="Failed authentications in a minute from one address, with any id."
    )

    dss_pagination_size: int = Field(1000, ge=1, description="Rows on a page.")
    dss_table_structure_names: TypeNames = Field(
        TypeNames.DATAFLOW,
        description="Type names in table-structure: `dataflow`, or `flask` for those of the last Flask release, except "
        "that a column over a domain has the name of its base type, where that wrote `DOMAIN`.",
    )
    dss_statement_timeout_seconds: float = Field(60, gt=0, description="A page whose query takes longer gets 503.")
    dss_lock_timeout_seconds: float = Field(
        20, gt=0, description="A page that waits longer for a table that is being replaced gets 503."
    )

    dss_readiness_checks: str = Field(",".join(CHECKS), description="Checks of `/readiness/`, separated by commas.")
    dss_readiness_timeout_seconds: float = Field(
        2, gt=0, le=20, description="A check of `/readiness/` that takes longer has failed."
    )

    csv_sample_infer_lines: int = Field(
        100_000, ge=1, description="Not used any more, and accepted: the type of a column is tried on every row."
    )

    dss_upload_limit_megabytes: int = Field(500, ge=1, description="Size of the largest CSV file that can be uploaded.")
    dss_upload_part_megabytes: int = Field(
        # A process that receives parts of 4 MB grows by 50 MB, and by 100 for parts of 8, at the same speed.
        4,
        ge=1,
        le=64,
        description="Size of the parts in which a file is sent. Proxies must let through requests of this size. A "
        "process that receives them takes ten times as much memory.",
    )
    dss_reader_access_profile: str = Field(
        "dss-reader",
        description="Who may see datasets and change nothing: slugs of SSO access profiles, separated by commas. "
        "`application:KEY` stands for everyone to whom SSO permits that application.",
    )
    dss_uploader_access_profile: str = Field(
        "dss-uploader",
        description="Who may also create datasets and upload, written as for readers. A dataset with an owner takes "
        "uploads only from the people whom its owners name.",
    )
    dss_admin_access_profile: str = Field(
        "dss-admin", description="Who may do everything and administer the service, written as for readers."
    )
    dss_access_recheck_seconds: int = Field(
        300,
        ge=0,
        description="How old a person's profile from SSO may be before it is read again: access that is taken away "
        "there ends here within this time.",
    )
    dss_access_contact: str = Field(
        "the Data Workspace team",
        description="The contact that pages name for access and help. An email or web address is a link, and so is a "
        "name with one: `the data team <data@example.gov.uk>`.",
    )
    dss_organisation_name: str = Field(
        "Department for Business and Trade",
        min_length=1,
        description="The organisation that runs the service, in the header of its pages, the accessibility statement "
        "and the privacy notice.",
    )
    dss_organisation_logo: str = Field(
        "",
        pattern=r"^((https?:/)?/[^\s;,'\"]+)?$",
        description="Address of a picture that stands before the organisation's name, white on black: `https://…`, or "
        "a path on this host.",
    )
    dss_phase: Phase = Field(
        Phase.BETA, description="What the banner below the header says: `alpha` or `beta`; `none` for no banner."
    )
    dss_feedback_contact: str = Field(
        "", description="Where feedback goes, written as for `DSS_ACCESS_CONTACT`. If empty, to that contact."
    )
    dss_privacy_contact: str = Field(
        "",
        description="Whom people ask about their personal data, written as for `DSS_ACCESS_CONTACT`. If empty, that "
        "contact.",
    )
    dss_log_retention_days: int | None = Field(
        None, ge=1, description="How long logs are kept, as the privacy notice says. If empty, it gives no number."
    )

    dss_mail_url: str = Field(
        "",
        repr=False,
        description="The mail server for `manage.py work`: `smtp://`, `smtp+starttls://` or `smtps://` with "
        "`user:password@host:port`, or `console:` to print mail. If empty, no mail is sent.",
    )
    dss_mail_from: str = Field(
        "Data Store Service <no-reply@localhost>", description="The address from which mail is sent."
    )

    dss_data_workspace_url: str = Field(
        "",
        description="Page of Data Workspace to which pages link. `{schema}` and `{table}` in it are replaced by those "
        "of the dataset. If empty, there is no link.",
    )

    authbroker_url: str = Field(description="Base URL of staff-sso, where people log in.")
    authbroker_client_id: str = Field(description="The web app's client id at staff-sso.")
    authbroker_client_secret: str = Field(
        repr=False, description="The web app's client secret at staff-sso. Keep it secret."
    )
    authorize_path: str = Field("/o/authorize/", description="staff-sso's page where people log in.")
    sso_path_user: str = Field("/o/token/", description="staff-sso's token endpoint.")
    access_token_path: str = Field("/api/v1/user/me/", description="staff-sso's endpoint for a person's profile.")
    sso_path_logout: str = Field("/logout/", description="staff-sso's page that logs people out.")

    @field_validator("dss_web_url", "authbroker_url")
    @classmethod
    def without_final_slash(cls, url: str) -> str:
        """The URL without its final slash."""
        return url.rstrip("/")

    @field_validator("dss_data_workspace_url")
    @classmethod
    def empty_or_a_page(cls, url: str) -> str:
        """Refuse what is no web address, or has other placeholders than schema and table."""
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must be empty or begin with https:// or http://")
        try:
            url.format(schema="", table="")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"has a placeholder that is neither {{schema}} nor {{table}}: {error!r}") from error
        return url

    @field_validator("dss_access_contact", "dss_feedback_contact", "dss_privacy_contact")
    @classmethod
    def of_a_contact(cls, text: str) -> str:
        """Refuse angle brackets around what is no address."""
        Contact.parse(text)
        return text

    @field_validator("dss_mail_url")
    @classmethod
    def of_a_mail_server(cls, url: str) -> str:
        """Refuse what is neither a mail server nor the console."""
        if url and not url.startswith(("smtp://", "smtp+starttls://", "smtps://", "console:")):
            raise ValueError("must be empty, console:, or begin with smtp://, smtp+starttls:// or smtps://")
        return url

    @field_validator("dss_hawk_encryption_keys")
    @classmethod
    def of_fernet_keys(cls, keys: str) -> str:
        """Refuse what are not Fernet keys."""
        cipher_of(keys)
        return keys

    @field_validator("dss_hawk_nonce_url")
    @classmethod
    def empty_or_of_redis(cls, url: str | None) -> str | None:
        """Refuse the URL of anything but a Redis."""
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must be empty or begin with redis://, rediss:// or unix://")
        return url

    @field_validator("dss_trusted_proxies")
    @classmethod
    def of_addresses_and_networks(cls, text: str) -> str:
        """Refuse what are neither addresses nor networks."""
        for entry in _listed(text):
            if entry != "*":
                ip_network(entry)  # its ValueError names what is wrong
        return text

    @field_validator("dss_readiness_checks")
    @classmethod
    def known_checks(cls, names: str) -> str:
        """Refuse checks that do not exist."""
        if unknown := set(_listed(names)) - set(CHECKS):
            raise ValueError(f"there is no check {', '.join(sorted(unknown))}; there are {', '.join(CHECKS)}")
        return names

    @property
    def roles(self) -> dict[str, frozenset[str]]:
        """For each role, in the service and in the Dagster UI, what gives it: slugs and `application:KEY`."""
        return {
            "reader": frozenset(_listed(self.dss_reader_access_profile)),
            "uploader": frozenset(_listed(self.dss_uploader_access_profile)),
            "administrator": frozenset(_listed(self.dss_admin_access_profile)),
            "viewer": frozenset(_listed(self.dss_dagster_viewer_access_profile)),
            "operator": frozenset(_listed(self.dss_dagster_operator_access_profile)),
        }

    @property
    def contact(self) -> Contact:
        """Whom people write to for access and help."""
        return Contact.parse(self.dss_access_contact)

    @property
    def allowed_hosts(self) -> list[str]:
        """The host names, as a list."""
        return _listed(self.dss_allowed_hosts)

    @property
    def trusted_proxies(self) -> list[str]:
        """The addresses and networks, as a list."""
        return _listed(self.dss_trusted_proxies)

    @property
    def warnings(self) -> list[str]:
        """What each setting allows, and their combination makes a mistake: sentences for the log at the start."""
        if self.dss_web_url.startswith("https:") and not self.trusted_proxies:
            return [
                "DSS_WEB_URL is https, and DSS_TRUSTED_PROXIES names no proxy. The web app itself speaks http: unless "
                "it is told of the proxy that ends TLS, every HAWK signature is refused, since clients sign https URLs."
            ]
        return []

    @property
    def readiness_checks(self) -> list[str]:
        """The names of the checks, as a list. Without a replica there is nothing to check of it."""
        return [name for name in _listed(self.dss_readiness_checks) if name != "replica" or self.has_replica]


def _listed(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


@cache
def web_settings() -> WebSettings:
    """This process's settings, read once; stops the process with one message if any is missing or wrong."""
    return WebSettings.from_environment()
