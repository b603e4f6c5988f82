"""The page that shows the outcomes side by side, and the record of all that was seen."""

import json
from dataclasses import asdict

from meaning import Match
from outcome import Fate, Outcome
from showing import shortened
from summary import summary
from tool import OURS, Tool

ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL", "mysql": "MySQL"}
# Of one finding: more would say the same again.
VALUES_SHOWN = 4
# One message names a number of 400 digits.
LONGEST_REASON = 300
INTRODUCTION = """# Side by side

Small inputs that are hard to move, and what Limosa and other migration tools made of each. A script makes this page: it starts servers of its own,
loads each input into an empty database, runs each tool with its defaults, and compares every value in the target with the source.

```sh
make peers
```

{tools}. Databases: {versions}. The inputs of MySQL are in MySQL's words, which MariaDB takes; MySQL itself was not run.

How to read the tables:

- *exact*: every value has the same content, in a type of the same kind.
- *same values, some as …*: those types hold values in another form, from which they can be had back without a guess: a decimal as text, a boolean as 1.
- *refused*: the exit status says failure.
- *(said)*: altered, lost or not kept, and the tool printed something that names the value, its column or the table.
- **bold**: altered, lost or not kept, although the tool ended with success and printed nothing of that kind. The numbers lead to
  [what was stored](#altered-or-lost-without-a-word).

Keys, indexes, defaults and the next number of a column are asked for only in the cases about them, and only of tools that set out to carry them:
Sling moves rows, db-to-sqlite rows and primary keys, which *rows only* and *no indexes* recall.

Sling fills SQLite through a client that it fetches when first run, and by inserts of its own where it gets none. Here it fetched nothing: *Sling*
inserted by itself, and *Sling with `sqlite3`* was given Debian's client by `SQLITE_PATH`, which is not the one that it fetches. The release is the
last one whose program lies in the Python registry.
"""
FINDINGS = """## Altered or lost without a word

Some of these follow defaults that are documented and can be changed, such as pgloader's: `tinyint(1)` becomes boolean, SQLite's `real` PostgreSQL's
`real`, a date of zeros NULL, and names lower case.
"""


def markdown(outcomes: list[Outcome], tools: list[Tool], versions: list[str]) -> str:
    directions = list(dict.fromkeys((outcome.case.source, outcome.target) for outcome in outcomes))
    # In the order of the page.
    outcomes = sorted(outcomes, key=lambda outcome: directions.index((outcome.case.source, outcome.target)))
    silent = [outcome for outcome in outcomes if outcome.is_silent()]
    numbers = {id(outcome): number for number, outcome in enumerate(silent, 1)}
    parts = [INTRODUCTION.format(
        tools="Tools: " + ", ".join(f"{tool.name} {tool.version}" for tool in tools if tool.version), versions=", ".join(versions),
    )]
    for source, target in directions:
        chosen = [outcome for outcome in outcomes if (outcome.case.source, outcome.target) == (source, target)]
        parts += [f"## {ENGINES[source]} to {ENGINES[target]}\n", table(chosen, numbers)]
    parts += [FINDINGS, "\n".join(f"{numbers[id(outcome)]}. {finding(outcome)}" for outcome in silent) + "\n"]
    refused = [outcome for outcome in outcomes if outcome.tool.name == OURS and not outcome.run.done]
    parts += [
        "## What Limosa refused\n",
        "\n".join(f"- {refusal(outcome)}" for outcome in refused) + "\n",
    ]
    return "\n".join(parts)


def table(outcomes: list[Outcome], numbers: dict[int, int]) -> str:
    tools = list(dict.fromkeys(outcome.tool.name for outcome in outcomes))
    cases = list(dict.fromkeys(outcome.case.name for outcome in outcomes))
    lines = [f"| | {' | '.join(tools)} |", "|---" * (len(tools) + 1) + "|"]
    for case in cases:
        cells = []
        for tool in tools:
            outcome = next(outcome for outcome in outcomes if (outcome.case.name, outcome.tool.name) == (case, tool))
            number = numbers.get(id(outcome))
            cells.append(escaped(summary(outcome)) + (f" [{number}]" if number else ""))
        lines.append(f"| {escaped(case)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def finding(outcome: Outcome) -> str:
    """What was in the source, and what is in the target."""
    said = []
    if outcome.missing_rows and not outcome.missing_said:
        said.append(f"no row {'; '.join(outcome.missing_rows[:VALUES_SHOWN])}")
    values = outcome.silent_values()
    for value in values[:VALUES_SHOWN]:
        if value.match == Match.LOST:
            there = "there is no such column" if value.target is None else "is NULL"
            said.append(f"`{value.column}` at {value.row}: {code(value.source)} {there}")
        else:
            said.append(f"`{value.column}` at {value.row}: {code(value.source)} is {code(value.target or '')} as {value.target_type}")
    if len(values) > VALUES_SHOWN:
        said.append(f"and {len(values) - VALUES_SHOWN} more")
    said += [f"{kept.promise.text()}: {kept.found}" for kept in outcome.silent_promises()]
    if outcome.silent_promises():
        said += [f"kept is {kept.promise.text()}" for kept in outcome.promises if kept.fate == Fate.KEPT]
    return f"{outcome.tool.name}, {direction(outcome)}, {outcome.case.name}: {'; '.join(said)}."


def refusal(outcome: Outcome) -> str:
    return f"{direction(outcome)}, {outcome.case.name}: {code(shortened(outcome.reason, LONGEST_REASON))}"


def direction(outcome: Outcome) -> str:
    return f"{ENGINES[outcome.case.source]} to {ENGINES[outcome.target]}"


def code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def record(outcomes: list[Outcome]) -> str:
    """All values and outputs, for whoever doubts a cell of the page."""
    return json.dumps([
        {
            "case": outcome.case.name, "source": outcome.case.source, "target": outcome.target, "tool": outcome.tool.name, "version": outcome.tool.version,
            "summary": summary(outcome), "exit_status": outcome.run.status, "reason": outcome.reason, "output": outcome.run.output,
            "rows_left": outcome.rows_left, "missing_rows": outcome.missing_rows, "missing_said": outcome.missing_said,
            "values": [asdict(value) for value in outcome.values],
            "promises": [{"promise": kept.promise.text(), "fate": kept.fate, "found": kept.found, "said": kept.said} for kept in outcome.promises],
        }
        for outcome in outcomes
    ], indent=1, ensure_ascii=False) + "\n"
