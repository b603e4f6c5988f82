"""Puts a table to what its schema promises: looks up keys and names, and tries inserts."""

from case import Case, Insert, Key, Names
from database import Database, Table
from failed import Failed
from outcome import Fate, Kept
from said import names_any


def kept(promise: Key | Names | Insert, database: Database, table: Table, renamed: dict[str, str], output: str) -> Kept:
    """Whether the table keeps a promise, and if not, whether the tool's output says so."""
    match promise:
        case Key(columns):
            fate = table.key == tuple(renamed.get(column, column) for column in columns)
            found = f"({', '.join(table.key)})" if table.key else "no primary key"
            names = [*columns, "primary key"]
        case Names(columns):
            fate = tuple(table.columns) == columns
            found = ", ".join(table.columns)
            names = [column for column in columns if column not in table.columns]
        case Insert():
            fate, found = tried(promise, database, table, renamed)
            names = [promise.fills[0], promise.spelled] if promise.fills else [*promise.literals, "index", "unique"]
    return Kept(promise, Fate.KEPT if fate else Fate.LOST, found, not fate and names_any(output, names))


def tried(promise: Insert, database: Database, table: Table, renamed: dict[str, str]) -> tuple[bool, str]:
    """Whether the insert comes to what was promised, and what it came to."""
    def name(column: str) -> str:
        return database.quoted(table, renamed.get(column, column))

    columns = ", ".join(name(column) for column in promise.literals)
    try:
        database.run(f"INSERT INTO {database.quoted(table)} ({columns}) VALUES ({', '.join(promise.literals.values())});")
    except Failed as failure:
        return promise.refused, f"the insert is refused: {str(failure).splitlines()[-1]}"
    if promise.refused or promise.fills is None:
        return not promise.refused, "the insert is accepted"
    column, wanted = promise.fills
    where = f"{name(promise.by)} = {promise.literals[promise.by]}"
    found = database.answer(f"SELECT {name(column)} FROM {database.quoted(table)} WHERE {where}")
    return found == wanted, f"{column} is {'NULL' if found is None else found}"


def source_keeps(case: Case, database: Database, source: Table) -> None:
    """The source itself must keep what it promises, or the case says nothing."""
    for promise in case.promises:
        found = kept(promise, database, source, {}, "")
        if found.fate != Fate.KEPT:
            raise Failed(f"{case.name}: the source itself does not keep {promise.text()}: {found.found}")
