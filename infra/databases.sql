-- The databases besides `dss`, which the image makes by POSTGRES_DB. Run once, on an empty volume.
CREATE DATABASE dagster;
CREATE DATABASE datasets;
