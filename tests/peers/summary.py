"""An outcome in a few words, for a cell of a table: what is bold was altered or lost without a word."""

from meaning import Match
from outcome import Outcome, Value


def summary(outcome: Outcome) -> str:
    if outcome.run.status is None:
        return "did not end in time"
    if not outcome.run.done:
        return "refused" if outcome.rows_left == 0 else f"refused, but {outcome.rows_left} of {rows(outcome.rows)} are there"
    parts = []
    if outcome.missing_rows:
        parts.append(marked(f"{len(outcome.missing_rows)} of {rows(outcome.rows)} lost", outcome.missing_said))
    silent, said = outcome.silent_values(), outcome.said_values()
    for found, is_said in ((silent, False), (said, True)):
        for match in (Match.ALTERED, Match.LOST):
            count = sum(1 for value in found if value.match == match)
            if count:
                parts.append(marked(f"{count} of {len(outcome.values)} values {match.value}", is_said))
    if not parts:
        parts.append(intact(outcome.values))
    parts += [marked(f"not kept: {kept.promise.text()}", False) for kept in outcome.silent_promises()]
    parts += [marked(f"not kept: {kept.promise.text()}", True) for kept in outcome.said_promises()]
    if outcome.asked < len(outcome.case.promises):
        parts.append("rows only" if outcome.asked == 0 else "no indexes")
    return "; ".join(parts)


def intact(values: list[Value]) -> str:
    types = sorted({value.target_type for value in values if value.match == Match.OTHER_FORM})
    return f"same values, some as {', '.join(types)}" if types else "exact"


def marked(text: str, is_said: bool) -> str:
    return f"{text} (said)" if is_said else f"**{text}**"


def rows(number: int) -> str:
    return f"{number} row{'s' if number != 1 else ''}"
