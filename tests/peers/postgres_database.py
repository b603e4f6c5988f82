"""PostgreSQL: read through its own client, every value in base 16."""

from database import NULL, Cell, Table, decoded, is_foreign
from failed import Failed
from postgres import Postgres
from server import DATABASE

# Shortest text that reads back as the same bits; times in one zone.
EXACT = "SET extra_float_digits = 1; SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';"
TABLES = """
SELECT encode(convert_to(nspname, 'UTF8'), 'hex'), encode(convert_to(relname, 'UTF8'), 'hex'), pg_class.oid
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema') AND nspname NOT LIKE 'pg_toast%'
ORDER BY 3;
"""
COLUMNS = """
SELECT encode(convert_to(attname, 'UTF8'), 'hex'), format_type(atttypid, atttypmod),
  coalesce((SELECT array_position(indkey::int[], attnum::int) FROM pg_index WHERE indrelid = attrelid AND indisprimary), -1)
FROM pg_attribute WHERE attrelid = {} AND attnum > 0 AND NOT attisdropped ORDER BY attnum;
"""


class PostgresDatabase:
    """The one database of a throwaway server."""

    name = "postgres"

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.title = server.version()

    def fresh(self) -> None:
        # Not as the benchmark does, which also waits for the disk.
        self.server.query(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", self.server.FIRST_DATABASE)
        self.server.query(f"CREATE DATABASE {DATABASE}", self.server.FIRST_DATABASE)

    def url(self) -> str:
        return self.server.url()

    def run(self, script: str) -> None:
        self.server.query(script)

    def answer(self, statement: str) -> str | None:
        field = self.server.query(f"SELECT coalesce('x' || encode(convert_to(({statement})::text, 'UTF8'), 'hex'), '{NULL}')")
        value = decoded(field)
        return None if value is None else value.decode()

    def tables(self) -> list[Table]:
        found = []
        for line in self.server.query(TABLES).splitlines():
            schema, name, identifier = line.split("\t")
            table = Table(text(name), [], [], (), text(schema))
            if not is_foreign(table.name) and not is_foreign(table.schema):
                self._read(table, identifier)
                found.append(table)
        return found

    def _read(self, table: Table, identifier: str) -> None:
        types, places = [], []
        for line in self.server.query(COLUMNS.format(identifier)).splitlines():
            name, kind, place = line.split("\t")
            table.columns.append(text(name))
            types.append(kind)
            places.append(int(place))
        table.key = tuple(column for place, column in sorted(zip(places, table.columns, strict=True)) if place >= 0)
        fields = (self._field(self.quoted(table, column), kind) for column, kind in zip(table.columns, types, strict=True))
        for line in self.server.query(f"{EXACT} SELECT {', '.join(fields)} FROM {self.quoted(table)};").splitlines():
            cells = zip(types, line.split("\t"), strict=True)
            table.rows.append([Cell(kind, decoded(field)) for kind, field in cells])

    def _field(self, column: str, kind: str) -> str:
        content = f"encode({column}, 'hex')" if kind == "bytea" else f"encode(convert_to({column}::text, 'UTF8'), 'hex')"
        return f"coalesce('x' || {content}, '{NULL}')"

    def quoted(self, table: Table, column: str | None = None) -> str:
        names = [table.schema, table.name] if column is None else [column]
        return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def text(field: str) -> str:
    try:
        return bytes.fromhex(field).decode()
    except ValueError as error:
        raise Failed(f"PostgreSQL answers {field}: {error}") from error
