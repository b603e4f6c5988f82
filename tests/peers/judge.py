"""Compares what lies in the target with what lies in the source, row by row and cell by cell."""

from dataclasses import dataclass

from case import Case
from database import Cell, Database, Table
from meaning import Match, compared, meaning
from outcome import Outcome, Value
from promises import kept
from said import has_error, names_any, names_value, reason
from showing import shown, type_of
from tool import OURS, Run, Tool


def judged(case: Case, tool: Tool, run: Run, source: Table, target: Database) -> Outcome:
    found = table_of(case, target)
    outcome = Outcome(case, tool, target.name, run, rows=len(source.rows), rows_left=len(found.rows) if found else 0)
    if not run.done:
        outcome.reason = reason(run.output, tool.name == OURS)
        return outcome
    pairing = Pairing(case, source, found or Table(case.table, [], [], ()), target.name)
    for row in source.rows:
        other = pairing.match(row)
        if other is None:
            outcome.missing_rows.append(pairing.name(row))
        else:
            outcome.values += pairing.values(row, other, run.output)
    names = [case.table, pairing.target.name, *outcome.missing_rows]
    outcome.missing_said = has_error(run.output) or names_any(run.output, names)
    carried = [promise for promise in case.promises if isinstance(promise, tool.carries)]
    outcome.asked = len(carried)
    if found is not None:
        outcome.promises = [kept(promise, target, found, pairing.renamed(), run.output) for promise in carried]
    return outcome


def table_of(case: Case, database: Database) -> Table | None:
    """By its name, then whatever the case of the letters, then as the only one there is."""
    tables = database.tables()
    exact = [table for table in tables if table.name == case.table]
    folded = [table for table in tables if table.name.casefold() == case.table.casefold()]
    return next(iter(exact or folded or (tables if len(tables) == 1 else [])), None)


@dataclass(frozen=True)
class Pairing:
    """A table before and after: which column is which, and which row."""

    case: Case
    source: Table
    target: Table
    target_engine: str

    def place(self, place: int) -> int | None:
        """Where in the target a column lies: by name; then by place if none was added or lost; then whatever the case of the letters."""
        name, names = self.source.columns[place], self.target.columns
        if name in names:
            return names.index(name)
        if len(self.source.columns) == len(names):
            return place
        folded = [name.casefold() for name in names]
        return folded.index(name.casefold()) if name.casefold() in folded else None

    def renamed(self) -> dict[str, str]:
        """What each column of the source is called in the target."""
        places = {name: self.place(place) for place, name in enumerate(self.source.columns)}
        return {name: self.target.columns[place] for name, place in places.items() if place is not None}

    def match(self, row: list[Cell]) -> list[Cell] | None:
        keys = [self.source.columns.index(column) for column in self.case.key]
        same = (Match.EXACT, Match.OTHER_FORM)
        for other in self.target.rows:
            if all(self.compared(row[key], self.cell(other, key)) in same for key in keys):
                return other
        return None

    def values(self, row: list[Cell], other: list[Cell], output: str) -> list[Value]:
        """All but the key, by which the rows were found."""
        found = []
        for place, (column, cell) in enumerate(zip(self.source.columns, row, strict=True)):
            if column not in self.case.key:
                there = self.cell(other, place)
                match = self.compared(cell, there)
                found.append(Value(
                    row=self.name(row), column=column, match=match,
                    source=shown(self.case.source, cell),
                    target=None if there is None else shown(self.target_engine, there),
                    target_type="" if there is None else type_of(self.target_engine, there),
                    said=match in (Match.ALTERED, Match.LOST) and names_value(output, column, cell.raw),
                ))
        return found

    def cell(self, row: list[Cell], place: int) -> Cell | None:
        found = self.place(place)
        return None if found is None else row[found]

    def compared(self, cell: Cell, there: Cell | None) -> Match:
        if there is None:
            return Match.LOST
        return compared(meaning(self.case.source, cell), meaning(self.target_engine, there))

    def name(self, row: list[Cell]) -> str:
        """A row by its key, for a person."""
        keys = ((column, row[self.source.columns.index(column)].raw) for column in self.case.key)
        return ", ".join(f"{column} = {(raw or b'NULL').decode(errors='replace')}" for column, raw in keys)
