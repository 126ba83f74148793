# Stages: `production` runs the service; `local` adds the stand-ins that docker-compose.yml starts. Both run as an
# unprivileged user, and root owns the code.
#   docker build --target production --tag data-store-service --build-arg DSS_BUILD="$(git describe --always)" .
# Where a registry is, pin the base by its digest: --build-arg PYTHON_IMAGE=python:3.13.11-slim-trixie@sha256:…
ARG PYTHON_IMAGE=python:3.13.11-slim-trixie

# hadolint ignore=DL3006
FROM ${PYTHON_IMAGE} AS python


FROM python AS production-packages
# strip, for shrink.sh, which stays in this stage.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
# The environment is without pip: what is not there needs no patches.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv
# `kubernetes` brings what starts runs as pods of their own (infra/kubernetes/runs), and most go without.
ARG DSS_LOCK=production
COPY requirements/${DSS_LOCK}.txt /tmp/production.txt
COPY infra/image/shrink.sh infra/image/sbom.py /tmp/
# Wheels only: nothing is compiled, and no package runs its own code while it is installed. The two secrets are
# optional: pip's configuration (a mirror) and the certificates of who signs it.
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=certificates \
    /opt/pip/bin/pip --python /opt/venv/bin/python install --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --no-compile -r /tmp/production.txt \
    && sh /tmp/shrink.sh /opt/venv/lib/python3.*/site-packages \
    && /opt/venv/bin/python /tmp/sbom.py /tmp/production.txt > /opt/sbom.json


FROM production-packages AS local-packages
COPY requirements/local.txt /tmp/local.txt
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=secret,id=certificates \
    /opt/pip/bin/pip --python /opt/venv/bin/python install --disable-pip-version-check --no-deps \
    --only-binary :all: --require-hashes --compile -r /tmp/local.txt


# What of the base runs the service: 40 MB of it install packages, and would help whoever gets into a container. The list
# of Debian's packages stays, for scanners. Nothing may become another user.
FROM python AS system
RUN groupadd --gid 10001 dss \
    && useradd --uid 10001 --gid dss --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin dss \
    && install --directory --owner dss --group dss /opt/dagster /opt/dagster/storage \
    && find / -xdev -type f -perm /6000 -exec chmod ug-s {} + \
    && rm -rf /usr/bin/sqv /usr/bin/openssl /usr/share/zsh /usr/share/bash-completion \
    /etc/apt /usr/lib/apt /usr/bin/apt* /var/lib/apt /var/cache/* /var/log/* /usr/bin/dpkg* /usr/lib/dpkg \
    /var/lib/dpkg/info /usr/bin/perl* /usr/lib/*/perl* /usr/share/perl* /usr/lib/*/gconv /usr/share/doc /usr/share/man \
    /usr/share/locale /usr/share/python-wheels /usr/lib/*/libapt* \
    /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip* \
    && find /usr/lib/python3.* /usr/local/lib/python3.* -maxdepth 1 -type d \( -name ensurepip -o -name idlelib \
    -o -name pydoc_data -o -name test -o -name tkinter -o -name turtledemo -o -name 'config-3.*' \) -exec rm -rf {} +


FROM scratch AS code
# hadolint ignore=DL3067
COPY --from=system / /
# Dagster's deadline for calls to the code server is 60 seconds by default. On a busy machine the start of a run has taken
# longer, and every run failed. dagster.yaml's start_timeout_seconds is a little longer: it is also how long
# a run that was killed while it started keeps its dataset waiting. How long the code server lets runs end
# when it is stopped would follow the deadline, unless it is said: a minute, as stop_grace_period in docker-compose.yml has it.
# dagster.yaml names a class of ours, which the commands of Dagster find by PYTHONPATH alone.
ENV LANG=C.UTF-8 \
    PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    DAGSTER_GRPC_SHUTDOWN_GRACE_PERIOD=60 \
    DAGSTER_GRPC_TIMEOUT_SECONDS=150 \
    DAGSTER_HOME=/opt/dagster \
    DSS_STATIC_FOLDER=/opt/static \
    DSS_WORKER_BEAT_FILE=/tmp/dss-worker \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH=/srv
# The service writes to one folder below /opt, Dagster's storage, where the logs of its steps are, and to /tmp: the rest
# may be mounted read-only.
WORKDIR /srv
COPY dagster.yaml /opt/dagster/dagster.yaml
# In use where DAGSTER_HOME says so: runs as tasks of ECS.
COPY infra/aws/ecs/dagster.yaml /opt/dagster/ecs/dagster.yaml
COPY manage.py workspace.yaml ./
COPY infra/__init__.py infra/dagster_ui.py infra/gunicorn.py infra/health.py infra/health.sh infra/serve.sh \
    infra/web.sh infra/workspace.yaml infra/
COPY dss_web dss_web
COPY dss_assets dss_assets
RUN python3 -m compileall -q dss_web dss_assets infra


FROM code AS production
COPY --from=production-packages /opt/venv /opt/venv
# Its components, for scanners: docker run --rm IMAGE cat /opt/sbom.json
COPY --from=production-packages /opt/sbom.json /opt/sbom.json
RUN --mount=type=bind,source=infra/image/load.py,target=/mnt/load.py PYTHONDONTWRITEBYTECODE="" python /mnt/load.py
# After the slow steps: they differ with every build, and each step after them is built again.
ARG DSS_BUILD=""
ARG PYTHON_IMAGE
ENV DSS_BUILD=$DSS_BUILD
# https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
LABEL org.opencontainers.image.title="Data Store Service" \
    org.opencontainers.image.description="Loads published data files into Postgres and serves them as a signed API" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.revision=$DSS_BUILD \
    org.opencontainers.image.base.name=$PYTHON_IMAGE
# Platforms that mount volumes of their own there, such as Fargate, take owner and rights from here.
VOLUME ["/tmp", "/opt/dagster/storage"]
USER 10001:10001
EXPOSE 8000
# This checks the web app, which the image starts by default. docker-compose.yml has checks for the other processes.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["infra/health.sh", "http", "8000", "/healthcheck/"]
CMD ["infra/web.sh"]


FROM production AS local
USER 0
# Only what production does not have yet: a copy of all would double the image.
RUN --mount=type=bind,from=local-packages,source=/opt/venv,target=/mnt cp --archive --no-clobber /mnt/. /opt/venv/
COPY infra/local infra/local
COPY infra/nginx infra/nginx
RUN python -m compileall -q infra/local \
    && python -c "import pathlib; from infra.local.samples import write_samples; write_samples(pathlib.Path('/var/lib/dss/publisher'))"
# Folders for the data of the stand-ins. A new named volume copies its owner, and the publisher's samples, from here.
RUN mkdir /var/lib/dss/dataflow /var/lib/dss/s3 /var/lib/dss/sso \
    && chown -R dss:dss /var/lib/dss
USER 10001:10001
HEALTHCHECK NONE
