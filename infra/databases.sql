-- The databases other than `dss`, which the image creates (POSTGRES_DB). Runs once, on an empty volume.
CREATE DATABASE dagster;
CREATE DATABASE datasets;
