"""The settings of how the web app serves: its processes, its exports, and the replica that it may read."""

from pydantic import Field

from dss_web.operations_settings import OperationsSettings
from dss_web.shared.settings import DatabaseUrl


class ServingSettings(OperationsSettings):
    """How many requests are served at once, for how long, and from where."""

    dss_replica_database_url: DatabaseUrl = Field(
        "",
        repr=False,
        description="A streaming replica of `DSS_DATABASE_URL`, from which pages and exports read tables whose newest "
        "state it has: a URL, or the JSON of a secret of RDS. If empty, all is read from the one. Keep it secret.",
    )

    dss_exports_at_once: int = Field(
        2,
        ge=1,
        description="Exports that each process sends at the same time. If a process has several threads, one is always "
        "kept for pages.",
    )
    dss_export_timeout_seconds: float = Field(3600, gt=0, description="An export whose query takes longer is aborted.")
    dss_export_spool_folder: str = Field(
        "",
        description="Folder for the parts of exports that clients have not read yet. If empty, the system's temporary "
        "folder.",
    )
    dss_export_spool_megabytes: int = Field(
        10_000, ge=0, description="How far a client may fall behind before its export is aborted."
    )

    dss_web_bind: str = Field("0.0.0.0:8000", description="Address and port on which gunicorn listens.")
    dss_web_workers: int = Field(2, ge=1, description="Number of gunicorn processes.")
    dss_web_threads: int = Field(
        8,
        ge=1,
        description="Requests that each process serves at the same time. Each thread, and each export, has a database "
        "connection.",
    )
    dss_web_keepalive_seconds: int = Field(
        # AWS's load balancers and nginx, here and in Kubernetes, use an idle connection again for up to 60 seconds.
        75,
        ge=1,
        description="How long an idle connection stays open for the next request. Proxies and load balancers must "
        "close theirs earlier.",
    )
    dss_web_graceful_timeout_seconds: int = Field(
        30, ge=1, description="How long requests in progress may continue after the web app is told to stop."
    )
    dss_client_timeout_seconds: float = Field(
        60, gt=0, description="A client that neither reads nor sends for this long is disconnected."
    )

    @property
    def has_replica(self) -> bool:
        """Whether there is a replica to read tables from."""
        return bool(self.dss_replica_database_url)

    def replica_url(self) -> str:
        """DSS_REPLICA_DATABASE_URL as it is now, for a connection that is opened."""
        return self.url_now("dss_replica_database_url")

    @property
    def exports_at_once(self) -> int:
        """Exports that a process sends at once: a thread is left for pages, where there are several."""
        return min(self.dss_exports_at_once, max(1, self.dss_web_threads - 1))
