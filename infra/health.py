"""Health checks that need a library: `python -m infra.health code-server` or `daemon`; see health.sh.

Dagster has commands for both, which import all of Dagster: two seconds of processor time for each check.
"""

import os
import sys
from typing import Final

# Dagster's daemon writes a heartbeat every 30 seconds, and ends itself when one of its threads has not for long.
HEARTBEAT_SECONDS: Final = 120
TIMEOUT_SECONDS: Final = 5


def code_server_serves() -> bool:
    """Whether the gRPC server at DSS_CODE_SERVER_HOST and DSS_CODE_SERVER_PORT says that it serves."""
    import grpc  # noqa: PLC0415 each check loads its own library alone
    from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: PLC0415

    address = f"{os.environ['DSS_CODE_SERVER_HOST']}:{os.environ['DSS_CODE_SERVER_PORT']}"
    with grpc.insecure_channel(address) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(
            health_pb2.HealthCheckRequest(service="DagsterApi"), timeout=TIMEOUT_SECONDS
        )
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def daemon_beats() -> bool:
    """Whether the newest heartbeat in Dagster's database is recent."""
    import psycopg  # noqa: PLC0415

    from dss_web.shared.database_url import current_database_url, read_database_url  # noqa: PLC0415
    from dss_web.shared.setting_files import read_setting  # noqa: PLC0415

    # Dagster needs the name of SQLAlchemy's driver in it.
    name, scheme = "DSS_DAGSTER_DATABASE_URL", "postgresql+psycopg2"
    known = read_database_url(read_setting(name), scheme)
    url = current_database_url(name, known, scheme).replace(scheme, "postgresql", 1)
    with psycopg.connect(url, connect_timeout=TIMEOUT_SECONDS) as connection:
        # Dagster writes UTC without a time zone. A thread whose heartbeats stop ends the daemon: the newest is enough.
        row = connection.execute(
            "SELECT extract(epoch FROM now() AT TIME ZONE 'UTC' - max(timestamp)) FROM daemon_heartbeats"
        ).fetchone()
    return row is not None and row[0] is not None and row[0] < HEARTBEAT_SECONDS


CHECKS: Final = {"code-server": code_server_serves, "daemon": daemon_beats}

if __name__ == "__main__":
    sys.exit(0 if CHECKS[sys.argv[1]]() else 1)
