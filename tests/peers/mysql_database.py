"""MySQL's protocol, spoken by MariaDB: read through its own client, every value in base 16."""

from database import NULL, Cell, Table, decoded, is_foreign
from mariadb import MariaDb
from server import DATABASE

TABLES = "SELECT HEX(table_name) FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE' ORDER BY create_time, 1;"
COLUMNS = """
SELECT HEX(c.column_name), c.column_type, coalesce(s.seq_in_index, 0)
FROM information_schema.columns c LEFT JOIN information_schema.statistics s
  ON s.table_schema = c.table_schema AND s.table_name = c.table_name AND s.column_name = c.column_name AND s.index_name = 'PRIMARY'
WHERE c.table_schema = database() AND c.table_name = CAST(X'{}' AS CHAR CHARACTER SET utf8mb4) ORDER BY c.ordinal_position;
"""
BYTES = ("blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary")


class MysqlDatabase:
    """The one database of a throwaway server."""

    name = "mysql"

    def __init__(self, server: MariaDb) -> None:
        self.server = server
        self.title = server.version()

    def fresh(self) -> None:
        # Not as the benchmark does, which also waits for the disk.
        self.server.query(f"DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE}", self.server.FIRST_DATABASE)

    def url(self) -> str:
        return self.server.url()

    def run(self, script: str) -> None:
        self.server.query(script)

    def answer(self, statement: str) -> str | None:
        field = self.server.query(f"SELECT coalesce(concat('x', HEX(CAST(({statement}) AS CHAR CHARACTER SET utf8mb4))), '{NULL}')")
        value = decoded(field)
        return None if value is None else value.decode()

    def tables(self) -> list[Table]:
        found = []
        for name in self.server.query(TABLES).splitlines():
            table = Table(bytes.fromhex(name).decode(), [], [], ())
            if not is_foreign(table.name):
                self._read(table, name)
                found.append(table)
        return found

    def _read(self, table: Table, name: str) -> None:
        types, places = [], []
        for line in self.server.query(COLUMNS.format(name)).splitlines():
            column, kind, place = line.split("\t")
            table.columns.append(bytes.fromhex(column).decode())
            types.append(kind)
            places.append(int(place))
        table.key = tuple(column for place, column in sorted(zip(places, table.columns, strict=True)) if place > 0)
        fields = (self._field(self.quoted(table, column), kind) for column, kind in zip(table.columns, types, strict=True))
        for line in self.server.query(f"SELECT {', '.join(fields)} FROM {self.quoted(table)};").splitlines():
            cells = zip(types, line.split("\t"), strict=True)
            table.rows.append([Cell(kind, decoded(field)) for kind, field in cells])

    def _field(self, column: str, kind: str) -> str:
        word = kind.partition("(")[0].partition(" ")[0]
        if word in BYTES:
            content = column
        elif word == "bit":
            content = f"CAST({column} + 0 AS CHAR CHARACTER SET utf8mb4)"
        elif word == "float":
            # A FLOAT shows six digits of the eight or nine that it holds.
            content = f"CAST(CAST({column} AS DOUBLE) AS CHAR CHARACTER SET utf8mb4)"
        else:
            content = f"CAST({column} AS CHAR CHARACTER SET utf8mb4)"
        return f"coalesce(concat('x', HEX({content})), '{NULL}')"

    def quoted(self, table: Table, column: str | None = None) -> str:
        name = table.name if column is None else column
        return "`" + name.replace("`", "``") + "`"
