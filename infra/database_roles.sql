-- Roles of least privilege for the service's database. Run it there as a superuser, or as RDS's master user, before the
-- first migration and after each one; any number of times does no harm, also on a database that is in use:
--   psql --set ON_ERROR_STOP=1 --file infra/database_roles.sql "$URL_OF_THE_SUPERUSER"
-- Then give the roles passwords (ALTER ROLE dss_web PASSWORD '…') or rds_iam, and each process the URL of its own role:
--   dss_owner   migrations: `manage.py migrate`. Owns the service's own tables
--   dss_web     web app and worker. Reads the datasets' tables, writes the service's own, and changes no table's shape
--   dss_assets  code server, runs, `python -m dss_assets`. Owns the datasets' schemas and tables, which it makes
--   dss_reader  people and tools that read datasets, and nothing of the service's own tables

DO $do$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['dss_owner', 'dss_web', 'dss_assets', 'dss_reader'] LOOP
        IF to_regrole(role) IS NULL THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
    END LOOP;
    -- Whoever is no superuser can give things only to roles in which they are themselves.
    EXECUTE format('GRANT dss_owner, dss_assets TO %I', current_user);
END
$do$;

-- The database: who may connect, make temporary tables (both halves, for a transaction) and make schemas.
DO $do$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO dss_owner, dss_web, dss_assets, dss_reader', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO dss_owner, dss_web, dss_assets', current_database());
    EXECUTE format('GRANT CREATE ON DATABASE %I TO dss_owner, dss_assets', current_database());
END
$do$;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO dss_owner;
GRANT USAGE ON SCHEMA public TO dss_web, dss_assets;

-- What is there already, made by somebody else: the service's own belongs to dss_owner, all other schemas to dss_assets.
-- A sequence of a column follows its table.
DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT
            format('ALTER SCHEMA %I OWNER TO %I', nspname, CASE nspname WHEN 'operations' THEN 'dss_owner' ELSE 'dss_assets' END)
            AS statement
        FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
        AND nspowner <> CASE nspname WHEN 'operations' THEN 'dss_owner' ELSE 'dss_assets' END::regrole
        UNION ALL
        SELECT format(
            'ALTER %s %s OWNER TO %I',
            CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            pg_class.oid::regclass,
            CASE WHEN nspname IN ('operations', 'public') THEN 'dss_owner' ELSE 'dss_assets' END
        )
        FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r', 'p', 'v', 'm', 'S')
        AND relowner <> CASE WHEN nspname IN ('operations', 'public') THEN 'dss_owner' ELSE 'dss_assets' END::regrole
        AND NOT EXISTS (
            SELECT FROM pg_depend
            WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('a', 'i', 'e')
            AND refclassid IN ('pg_class'::regclass, 'pg_extension'::regclass)
        )
        UNION ALL
        SELECT format('ALTER FUNCTION %s OWNER TO dss_owner', pg_proc.oid::regprocedure)
        FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
        WHERE nspname = 'operations' AND proowner <> 'dss_owner'::regrole
    LOOP
        EXECUTE found.statement;
    END LOOP;
END
$do$;

-- Tables that are made from now on. Without a schema's name these count in schemas, too, that a load makes.
ALTER DEFAULT PRIVILEGES FOR ROLE dss_owner GRANT USAGE ON SCHEMAS TO dss_web, dss_assets;
ALTER DEFAULT PRIVILEGES FOR ROLE dss_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dss_web, dss_assets;
ALTER DEFAULT PRIVILEGES FOR ROLE dss_owner GRANT USAGE ON SEQUENCES TO dss_web, dss_assets;
ALTER DEFAULT PRIVILEGES FOR ROLE dss_assets GRANT USAGE ON SCHEMAS TO dss_web, dss_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE dss_assets GRANT SELECT ON TABLES TO dss_web, dss_reader;

-- Tables that are there. Those that only people's pages and the API need are taken from dss_assets.
DO $do$
DECLARE
    schema text;
    readable text;
    web_only text;
BEGIN
    FOR schema IN SELECT nspname FROM pg_namespace WHERE nspname IN ('operations', 'public') LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO dss_web, dss_assets', schema);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO dss_web, dss_assets', schema);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO dss_web, dss_assets', schema);
    END LOOP;
    FOR readable IN
        SELECT nspname FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'operations', 'public')
    LOOP
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO dss_web, dss_reader', readable);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO dss_web, dss_reader', readable);
    END LOOP;
    FOR web_only IN
        SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
        WHERE (schemaname = 'public' AND tablename NOT IN ('pipeline', 'pipeline_data_file'))
        OR (schemaname = 'operations' AND tablename IN ('hawk_key', 'subscription', 'feed_address'))
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM dss_assets', web_only);
    END LOOP;
    -- Of a dataset that is deleted, clients lose the scope.
    IF to_regclass('public.hawk_users') IS NOT NULL THEN
        GRANT SELECT (scope), UPDATE (scope) ON public.hawk_users TO dss_assets;
    END IF;
    -- Sessions that are over are removed by the nightly job, which need not see whose they were.
    IF to_regclass('public.django_session') IS NOT NULL THEN
        GRANT DELETE, SELECT (ctid, expire_date), UPDATE (expire_date) ON public.django_session TO dss_assets;
    END IF;
    -- The trail of uploads is written by triggers, which run as their owner, and by nobody else.
    IF to_regclass('operations.upload_event') IS NOT NULL THEN
        REVOKE UPDATE, DELETE ON operations.upload_event FROM dss_web, dss_assets;
    END IF;
    IF to_regclass('public.django_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM dss_web;
    END IF;
END
$do$;

-- The page of an upload shows how many rows another session has copied.
GRANT pg_read_all_stats TO dss_web;
