"""What operators watch. What one sees, and the files behind it:

healthcheck.py      /healthcheck/: the web app responds
readiness.py        /readiness/: every part works; check_runs.py runs readiness_checks.py
metrics.py          /metrics, for Prometheus: of requests, and dataset_metrics.py of everything in the registry
probes.py           the middleware that answers these three by any host name
request_log.py      the outermost middleware: a request's id, its log line and its counts
processes.py        what gunicorn's first process does: the folder of shared counts, and limits on idle clients
"""
