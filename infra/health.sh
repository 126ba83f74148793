#!/bin/bash
# The health checks of the containers. Each ends with 0 if its process works; bash alone, since one that starts Python
# every ten seconds for each container takes more processor time than the service at rest.
#   infra/health.sh http PORT PATH    a web server answers 200
#   infra/health.sh worker            `manage.py work` has looked for tasks within the last 30 seconds
#   infra/health.sh code-server       Dagster's gRPC server says that it serves
#   infra/health.sh daemon            Dagster's daemon has written a heartbeat within the last two minutes
set -euo pipefail
case $1 in
    http)
        exec 3<>"/dev/tcp/127.0.0.1/$2"
        printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$3" >&3
        read -r -t 4 status <&3
        [[ $status == HTTP/1.?\ 200\ * ]]
        ;;
    worker)
        [[ -n $(find "$DSS_WORKER_BEAT_FILE" -newermt '30 seconds ago') ]]
        ;;
    code-server | daemon)
        exec python -m infra.health "$1"
        ;;
esac
