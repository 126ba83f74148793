# Stages: `production` runs the service; `local` adds the stand-ins that docker-compose.yml starts. Both run as an
# unprivileged user, and root owns the code.
#   docker build --target production --tag data-store-service --build-arg DSS_BUILD="$(git describe --always)" .

FROM python:3.12.12-slim-bookworm AS python
ENV LANG=C.UTF-8 \
    PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1


FROM python AS production-packages
RUN python -m venv /opt/venv
COPY requirements/production.txt /tmp/production.txt
# Wheels only: nothing is compiled, and no package runs its own code while it is installed. pip writes the byte-code,
# with which Dagster starts in a third of the time.
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --compile -r /tmp/production.txt


FROM production-packages AS local-packages
COPY requirements/development.txt /tmp/development.txt
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --compile -r /tmp/development.txt


FROM python AS code
# Dagster's deadline for calls to the code server is 60 seconds by default. On a busy machine the start of a run has taken
# longer, and every run failed. dagster.yaml's start_timeout_seconds is a little longer: it is also how long
# a run that was killed while it started keeps its dataset waiting. How long the code server lets runs end
# when it is stopped would follow the deadline, unless it is said: a minute, as stop_grace_period in docker-compose.yml has it.
# dagster.yaml names a class of ours, which the commands of Dagster find by PYTHONPATH alone.
ENV DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD=60 \
    DAGSTER_GRPC_TIMEOUT_SECONDS=150 \
    DAGSTER_HOME=/opt/dagster \
    DSS_STATIC_FOLDER=/opt/static \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv
# The service writes to one folder below /opt: Dagster's storage, where the logs of its steps are.
RUN groupadd --gid 10001 dss \
    && useradd --uid 10001 --gid dss --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dss \
    && install --directory --owner dss --group dss /opt/dagster /opt/dagster/storage
WORKDIR /srv
COPY dagster.yaml /opt/dagster/dagster.yaml
COPY manage.py workspace.yaml ./
COPY infra/__init__.py infra/dagster_ui.py infra/gunicorn.py infra/serve.sh infra/web.sh infra/workspace.yaml infra/
COPY dss_web dss_web
COPY dss_assets dss_assets
RUN python -m compileall -q dss_web dss_assets infra


FROM code AS production
COPY --from=production-packages /opt/venv /opt/venv
# collectstatic needs these settings to start, but connects to nothing.
RUN DSS_DATABASE_URL=postgresql://nobody@127.0.0.1:9/nowhere S3_BUCKET_URL=file:///nowhere \
    DSS_APP_SECRET_KEY=build DSS_HAWK_ENCRYPTION_KEYS=Zm9yIGNoZWNrcyBhbmQgZm9yIGJ1aWxkcywgYWxvbmU= \
    AUTHBROKER_URL=http://127.0.0.1:9 AUTHBROKER_CLIENT_ID=build \
    AUTHBROKER_CLIENT_SECRET=build python manage.py collectstatic --no-input --verbosity 0
# After the slow steps: it differs with every build, and each step after it is built again.
ARG DSS_BUILD=""
ENV DSS_BUILD=$DSS_BUILD
USER 10001:10001
EXPOSE 8000
# This checks the web app, which the image starts by default. docker-compose.yml has checks for the other processes.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthcheck/', timeout=4)"]
CMD ["infra/web.sh"]


FROM production AS local
USER 0
COPY --from=local-packages /opt/venv /opt/venv
COPY infra/local infra/local
RUN python -m compileall -q infra/local \
    && python -c "import pathlib; from infra.local.samples import write_samples; write_samples(pathlib.Path('/var/lib/dss/publisher'))"
# Folders for the data of the stand-ins. A new named volume copies its owner, and the publisher's samples, from here.
RUN mkdir /var/lib/dss/dataflow /var/lib/dss/s3 /var/lib/dss/sso \
    && chown -R dss:dss /var/lib/dss
USER 10001:10001
HEALTHCHECK NONE
