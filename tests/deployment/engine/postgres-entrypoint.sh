#!/bin/bash
# Make the databases on an empty volume, as the public image does, then start the server.
set -euo pipefail
if [ "$(id -u)" = 0 ]; then
    echo "This stand-in of the public image runs only as postgres." >&2
    exit 1
fi
if [ ! -e "$PGDATA/PG_VERSION" ]; then
    # shellcheck disable=SC2086 # the arguments are words
    initdb --pgdata "$PGDATA" --username postgres --auth-local trust --auth-host scram-sha-256 \
        --pwfile <(echo "${POSTGRES_PASSWORD_FILE:+$(<"$POSTGRES_PASSWORD_FILE")}${POSTGRES_PASSWORD:-}") \
        ${POSTGRES_INITDB_ARGS:-}
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    # Only on its socket, so that nobody takes it for ready.
    pg_ctl --pgdata "$PGDATA" --options "-c listen_addresses='' -k /var/run/postgresql" --wait start
    createdb --host /var/run/postgresql --username postgres "$POSTGRES_DB"
    for script in /docker-entrypoint-initdb.d/*.sql; do
        psql --host /var/run/postgresql --username postgres --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --file "$script"
    done
    pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
fi
exec "$@" -c listen_addresses='*' -k /var/run/postgresql
