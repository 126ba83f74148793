"""The settings of what operators see: whom alerts go to, where traces go, and who may see the Dagster UI."""

import base64
import binascii
from typing import Self

from pydantic import Field, field_validator, model_validator

from dss_web.shared.dagster_pass import KEY_DESCRIPTION, KEY_PATTERN
from dss_web.shared.settings import SharedSettings


class OperationsSettings(SharedSettings):
    """Whom alerts go to, where traces go, and who may see the Dagster UI.

    Without them alerts are only in the administration and the metrics, and the Dagster UI is open to its network.
    """

    dss_alert_mail: str = Field(
        "",
        description="Addresses to which alerts are mailed, separated by commas: of teams, not of persons. They need "
        "`DSS_MAIL_URL`, and a worker.",
    )
    dss_alert_webhook_url: str = Field(
        "", repr=False, description="Address to which alerts are sent by POST, signed. It may be a private one."
    )
    dss_alert_webhook_secret: str = Field(
        "",
        repr=False,
        description="Signs those requests: `whsec_` and at least 24 bytes in base64. Of several, separated by commas, "
        "each gives a signature, so that it can be changed. Keep it secret.",
    )
    dss_webhook_hosts: str = Field(
        "",
        description="Hosts of this network to which owners of datasets may have messages sent: names or addresses, "
        "with commas between. Otherwise only public addresses are reached.",
    )
    dss_runbook_url: str = Field(
        "",
        description="Where people read `docs/runbook.md`; alerts link to its headings. If empty, they name the file.",
    )

    otel_exporter_otlp_endpoint: str = Field(
        "",
        description="Where traces go, by OTLP over HTTP, such as `http://collector:4318`. OpenTelemetry's libraries "
        "read other `OTEL_…` variables themselves. If empty, nothing is traced.",
    )
    dss_metrics_token: str = Field(
        "",
        repr=False,
        pattern=r"^([!-~]{16,})?$",
        description="Bearer token for `/metrics`, at least 16 characters. If empty, that route answers 404.",
    )
    dss_worker_beat_file: str = Field(
        "",
        description="File that the worker (`manage.py work`) touches every few seconds, while it can look for tasks: "
        "for health checks. The image has one. If empty, none.",
    )
    dss_build: str = Field("", description="Version or commit, as metrics report it.")
    dss_heartbeat_limit_seconds: float = Field(
        180,
        gt=0,
        description="The Dagster daemon is not ready if its last heartbeat is older. It sends one every 30 seconds.",
    )
    dss_dagster_viewer_access_profile: str = Field(
        "dss-dagster-viewer",
        description="Who may see the Dagster UI and change nothing there, written as for readers.",
    )
    dss_dagster_operator_access_profile: str = Field(
        "dss-dagster-operator",
        description="Who may also start, end and change things in the Dagster UI, written as for readers. "
        "Administrators may, too.",
    )
    dss_dagster_ui_key: str = Field("", pattern=KEY_PATTERN, repr=False, description=KEY_DESCRIPTION)
    dss_dagster_ui_path: str = Field(
        "/dagster/", pattern=r"^/.*/$", description="Where the proxy serves the Dagster UI, on the web app's own host."
    )

    @field_validator("dss_alert_webhook_url", "dss_runbook_url", "otel_exporter_otlp_endpoint")
    @classmethod
    def empty_or_an_address(cls, url: str) -> str:
        """Refuse what is no web address."""
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("must be empty or begin with https:// or http://")
        return url

    @field_validator("dss_alert_webhook_secret")
    @classmethod
    def of_secrets(cls, text: str) -> str:
        """Refuse what is no secret, or too short a one, without showing it."""
        if any(len(secret) < 24 for secret in _secrets(text)):
            raise ValueError("must be whsec_ and at least 24 bytes in base64")
        return text

    @model_validator(mode="after")
    def signed(self) -> Self:
        """Refuse a webhook whose messages anybody could make."""
        if self.dss_alert_webhook_url and not self.dss_alert_webhook_secret:
            raise ValueError("DSS_ALERT_WEBHOOK_URL needs DSS_ALERT_WEBHOOK_SECRET, which signs what is sent there")
        return self

    @property
    def alert_mail(self) -> list[str]:
        """The addresses, as a list."""
        return [address.strip() for address in self.dss_alert_mail.split(",") if address.strip()]

    @property
    def alert_webhook_secrets(self) -> list[bytes]:
        """The secrets, as bytes."""
        return _secrets(self.dss_alert_webhook_secret)


def _secrets(text: str) -> list[bytes]:
    try:
        return [
            base64.b64decode(secret.strip().removeprefix("whsec_"), validate=True)
            for secret in text.split(",")
            if secret.strip()
        ]
    except binascii.Error:
        raise ValueError("must be whsec_ and at least 24 bytes in base64") from None
