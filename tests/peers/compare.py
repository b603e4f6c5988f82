"""Every case through every tool into every target, each time into an empty one."""

from collections.abc import Callable
from pathlib import Path

from case import Case
from database import Database
from failed import Failed
from judge import judged, table_of
from outcome import Outcome
from promises import source_keeps
from summary import summary
from tool import Tool, run


def compare(
    cases: list[Case], tools: list[Tool], databases: dict[str, Database], folder: Path, say: Callable[[str], None]
) -> list[Outcome]:
    outcomes = []
    for case in cases:
        source = databases[case.source]
        source.fresh()
        source.run(case.script)
        table = table_of(case, source)
        if table is None:
            raise Failed(f"{case.name}: the script makes no table {case.table}")
        for target in databases.values():
            for tool in tools:
                if (case.source, target.name) in tool.directions:
                    target.fresh()
                    done = run(tool, source, target, case, folder / f"run-{len(outcomes)}")
                    outcomes.append(judged(case, tool, done, table, target))
                    say(f"{case.source} → {target.name}  {case.name:<46} {tool.name:<20} {summary(outcomes[-1])}")
        # Last, since it writes.
        source_keeps(case, source, table)
    return outcomes
