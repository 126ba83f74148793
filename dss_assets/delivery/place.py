"""The table in the datasets database now, and what another one in its place has to have.

Grants, owner, comments and plain indexes can be given to another table. Whatever else somebody has made of the table
(a view over it, a key, a trigger, a policy) holds on to this very one: Postgres would refuse to drop it, or would drop
that with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from psycopg import sql

from dss_assets.database import Connection
from dss_web.shared.contract import Table

# pg_class.relkind of an ordinary table.
_TABLE: Final = "r"

# By pg_depend everything that stands on the table or on its columns, but for what every table has (its row type, its
# TOAST table: 'i') and for indexes, of which those without a constraint are made again.
_SELECT: Final = """
    SELECT entry.oid, entry.relkind::text,
        ARRAY (SELECT attname::text FROM pg_attribute WHERE attrelid = entry.oid AND attnum > 0 AND NOT attisdropped
            ORDER BY attnum),
        ARRAY (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = entry.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum),
        ARRAY (SELECT DISTINCT pg_describe_object(classid, objid, 0) FROM pg_depend
            LEFT JOIN pg_class AS its_index ON classid = 'pg_class'::regclass AND its_index.oid = objid
                AND its_index.relkind = 'i'
            WHERE refclassid = 'pg_class'::regclass AND refobjid = entry.oid AND deptype <> 'i'
            AND its_index.oid IS NULL
            UNION ALL SELECT 'row-level security' WHERE entry.relrowsecurity
            UNION ALL SELECT 'a partitioned table or parent' WHERE EXISTS (
                SELECT FROM pg_inherits WHERE inhrelid = entry.oid)
            ORDER BY 1),
        ARRAY (SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = entry.oid AND indisvalid ORDER BY 1)
    FROM pg_class AS entry WHERE entry.oid = to_regclass(%s)
"""

# The definition of an index has its name and its table's in front, in the form that `format` makes too: the rest of it
# is that of the same index of another table. An index over a column that the other table lacks is left out.
_INDEXES: Final = """
    SELECT name.relname::text, format('CREATE %%sINDEX %%I ON %%s %%s',
        CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END,
        %(staging)s::text || '_' || row_number() OVER (ORDER BY name.relname), %(new)s::oid::regclass,
        substr(pg_get_indexdef(indexrelid), 1 + length(format('CREATE %%sINDEX %%I ON %%I.%%I ',
            CASE WHEN indisunique THEN 'UNIQUE ' ELSE '' END, name.relname, nspname, entry.relname))))
    FROM pg_index JOIN pg_class AS name ON name.oid = indexrelid JOIN pg_class AS entry ON entry.oid = indrelid
    JOIN pg_namespace ON pg_namespace.oid = entry.relnamespace
    WHERE indrelid = %(old)s AND indisvalid AND NOT EXISTS (
        SELECT FROM pg_depend JOIN pg_attribute AS was ON was.attrelid = refobjid AND was.attnum = refobjsubid
        WHERE classid = 'pg_class'::regclass AND objid = indexrelid AND refobjid = indrelid AND NOT EXISTS (
            SELECT FROM pg_attribute AS now WHERE now.attrelid = %(new)s AND now.attname = was.attname
            AND now.attnum > 0 AND NOT now.attisdropped
            AND (now.atttypid, now.atttypmod) = (was.atttypid, was.atttypmod)))
    ORDER BY name.relname
"""

# The owner comes first, since it is he who grants. What the schema's default privileges gave the new table is taken
# away before: it has the grants of the old one, and no others.
_CARRY_OVER: Final = """
    WITH old AS (SELECT * FROM pg_class WHERE oid = %(old)s), new AS (SELECT * FROM pg_class WHERE oid = %(new)s),
    shared AS (
        SELECT was.* FROM pg_attribute AS was JOIN pg_attribute AS now USING (attname)
        WHERE was.attrelid = %(old)s AND now.attrelid = %(new)s AND was.attnum > 0 AND now.attnum > 0
        AND NOT was.attisdropped AND NOT now.attisdropped
    ), granted AS (
        SELECT acl.*, NULL AS attname FROM old, aclexplode(relacl) AS acl WHERE grantee <> relowner
        UNION ALL SELECT acl.*, shared.attname FROM shared, aclexplode(attacl) AS acl
    )
    SELECT statement FROM (
        SELECT 1, format('ALTER TABLE %%s OWNER TO %%I', new.oid::regclass, pg_get_userbyid(old.relowner))
        FROM old, new WHERE old.relowner <> new.relowner
        UNION ALL SELECT 2, format('REVOKE ALL ON TABLE %%s FROM %%s', new.oid::regclass,
            CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
        FROM new, LATERAL (SELECT DISTINCT grantee FROM aclexplode(relacl) WHERE grantee <> relowner) AS acl
        UNION ALL SELECT 3, format('GRANT %%s%%s ON TABLE %%s TO %%s%%s', privilege_type,
            CASE WHEN attname IS NULL THEN '' ELSE format(' (%%I)', attname) END, new.oid::regclass,
            CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
        FROM new, granted
        UNION ALL SELECT 4, format('COMMENT ON TABLE %%s IS %%L', new.oid::regclass,
            obj_description(old.oid, 'pg_class'))
        FROM old, new WHERE obj_description(old.oid, 'pg_class') IS NOT NULL
        UNION ALL SELECT 5, format('COMMENT ON COLUMN %%s.%%I IS %%L', new.oid::regclass, attname,
            col_description(attrelid, attnum))
        FROM shared, new WHERE col_description(attrelid, attnum) IS NOT NULL
    ) AS statements (place, statement) ORDER BY place
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What stands under the name now. `columns` are names and types; `held_by` is what holds on to this very table."""

    oid: int
    kind: str
    column_names: Sequence[str]
    column_types: Sequence[str]
    held_by: Sequence[str]
    indexes: Sequence[str]

    @property
    def is_table(self) -> bool:
        """Whether it is an ordinary table, and no view or what else can have its name."""
        return self.kind == _TABLE


def find_place(connection: Connection, name: Table) -> Place | None:
    """What has the name now, None where it is free."""
    row = connection.execute(_SELECT, [sql.Identifier(*name).as_string(connection)]).fetchone()
    return Place(*row) if row else None


def build_indexes(connection: Connection, old: Place, new: Place, staging: str) -> Sequence[tuple[str, str]]:
    """Make the indexes of the old table for the new one: the name that each is to have, and the one that it has now."""
    found = connection.execute(_INDEXES, {"old": old.oid, "new": new.oid, "staging": staging}).fetchall()
    names = []
    for number, (name, statement) in enumerate(found, start=1):
        connection.execute(statement.encode())
        names.append((name, f"{staging}_{number}"))
    return names


def drop_indexes(connection: Connection, schema: str, indexes: Sequence[tuple[str, str]]) -> None:
    """Drop what was built for a table that has got other indexes meanwhile."""
    for _, built in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(schema, built)))


def carry_over(connection: Connection, old: Place, new: Place) -> None:
    """Give the new table the owner, the grants and the comments of the old one."""
    for (statement,) in connection.execute(_CARRY_OVER, {"old": old.oid, "new": new.oid}).fetchall():
        connection.execute(statement.encode())
