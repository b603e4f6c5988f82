"""SQLite: a file, and Python's own library to read it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from database import Cell, Table, is_foreign
from failed import Failed


class SqliteDatabase:
    """A file, and a new one each time."""

    name = "sqlite"
    title = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, folder: Path) -> None:
        self.path = folder / "database.sqlite"

    def fresh(self) -> None:
        for path in self.path.parent.glob(f"{self.path.name}*"):
            path.unlink()

    def url(self) -> str:
        return f"sqlite:{self.path}"

    def run(self, script: str) -> None:
        with self._connect() as connection:
            try:
                connection.executescript(script)
            except sqlite3.Error as error:
                raise Failed(f"SQLite refuses: {error}") from error

    def answer(self, statement: str) -> str | None:
        with self._connect() as connection:
            row = connection.execute(statement).fetchone()
        value = row[0] if row else None
        return value.decode(errors="replace") if isinstance(value, bytes) else None if value is None else str(value)

    def tables(self) -> list[Table]:
        with self._connect() as connection:
            # A name that is no UTF-8 is nobody's case.
            names = [row[0].decode() for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return [self._table(connection, name) for name in names if not is_foreign(name)]

    def _table(self, connection: sqlite3.Connection, name: str) -> Table:
        facts = list(connection.execute("SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden <> 1", (name,)))
        columns = [fact[0].decode() for fact in facts]
        declared = [fact[1].decode() for fact in facts]
        table = Table(name, columns, [], tuple(column for _, column in sorted((fact[2], fact[0].decode()) for fact in facts if fact[2])))
        read = ", ".join(f"typeof({self.quoted(table, column)}), {self.quoted(table, column)}" for column in columns)
        for row in connection.execute(f"SELECT {read} FROM {self.quoted(table)}"):
            table.rows.append([cell(row[2 * place].decode(), declared[place], row[2 * place + 1]) for place in range(len(columns))])
        return table

    def quoted(self, table: Table, column: str | None = None) -> str:
        name = table.name if column is None else column
        return '"' + name.replace('"', '""') + '"'

    def _connect(self) -> closing:
        connection = sqlite3.connect(self.path, isolation_level=None)
        # SQLite takes any bytes for text, and Python would refuse to show some of them.
        connection.text_factory = bytes
        return closing(connection)


def cell(storage: str, declared: str, value: int | float | bytes | None) -> Cell:
    """The storage class decides what is there; the declared type, what was meant: both make the type."""
    raw = repr(value).encode() if isinstance(value, int | float) else value
    return Cell(f"{storage}:{declared}", raw)
