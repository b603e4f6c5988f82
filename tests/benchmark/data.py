"""The rows that are moved: a SQLite file, the same as text files, and what every target must hold in the end."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT UNIQUE, created DATETIME);
CREATE TABLE transactions (id INTEGER PRIMARY KEY, user_id INTEGER, amount NUMERIC(12,2), kind TEXT, booked DATETIME, note TEXT);
"""
KINDS = ("card", "transfer", "direct debit", "cash", "fee", "refund")
NOTES = ("thank you", "rent, third quarter", "invoice 2024-117", "Ærø – Zürich", "for the café")
START = datetime(2020, 1, 1)

# What differs if a row or a value is lost, rounded, cut or moved to another time zone: (what is summed up, of which column).
SUMS = {
    "users": [("count", "*"), ("sum", "id"), ("length", "name"), ("length", "email"), ("seconds", "created")],
    "transactions": [
        ("count", "*"), ("sum", "id"), ("sum", "id % 1000 * user_id"), ("cents", "amount"), ("length", "kind"),
        ("seconds", "booked"), ("count", "note"), ("length", "note"),
    ],
}
# How an engine says it; servers have such a list each.
WORDS = {
    "count": "count({})",
    "sum": "sum({})",
    "cents": "sum(CAST(round({} * 100) AS INTEGER))",
    "length": "sum(length({}))",
    "seconds": "sum(CAST(strftime('%s', {}) AS INTEGER))",
}


class Data:
    """A SQLite file of `rows` transactions and a twentieth as many users."""

    def __init__(self, folder: Path, rows: int) -> None:
        self.users = max(1, rows // 20)
        self.transactions = rows
        self.rows = self.users + self.transactions
        self.path = folder / f"source-{rows}.sqlite"
        with sqlite3.connect(self.path) as connection:
            connection.executescript(SCHEMA)
            connection.executemany("INSERT INTO users VALUES (?, ?, ?, ?)", self._users())
            connection.executemany("INSERT INTO transactions VALUES (?, ?, ?, ?, ?, ?)", self._transactions())
        with sqlite3.connect(self.path) as connection:
            self.sums = {table: [int(number) for number in connection.execute(sums(table, WORDS)).fetchone()] for table in SUMS}

    def _users(self) -> Iterator[tuple]:
        for number in range(1, self.users + 1):
            created = START + timedelta(minutes=number)
            yield number, f"Person {number}", f"person.{number}@example.org", str(created)

    def _transactions(self) -> Iterator[tuple]:
        chance = random.Random(20240229)
        for number in range(1, self.transactions + 1):
            # No negative amount and no orphan, so that the checks look at everything and find nothing.
            user, cents = chance.randint(1, self.users), chance.randint(0, 9_999_999)
            booked = START + timedelta(seconds=chance.randint(0, 150_000_000))
            note = chance.choice(NOTES) if chance.random() < 0.3 else None
            yield number, user, cents / 100, chance.choice(KINDS), str(booked), note

    def export(self, folder: Path) -> dict[str, Path]:
        """The rows as tab-separated text with `\\N` for null, which both servers read."""
        files = {}
        with sqlite3.connect(self.path) as connection:
            for table, columns in (("users", "*"), ("transactions", "id, user_id, printf('%.2f', amount), kind, booked, note")):
                files[table] = folder / f"{table}-{self.transactions}.tsv"
                with files[table].open("w", encoding="utf-8") as file:
                    for row in connection.execute(f"SELECT {columns} FROM {table} ORDER BY id"):
                        file.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
        return files


def sums(table: str, words: dict[str, str]) -> str:
    """The statement that sums a table up, in an engine's words."""
    return f"SELECT {', '.join(words[word].format(column) for word, column in SUMS[table])} FROM {table}"
