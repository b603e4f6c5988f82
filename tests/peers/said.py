"""Whether a tool's output says a word of a value, a row or a promise. In doubt it does: only real silence counts as such."""

import re

COMPLAINT = re.compile(
    r"warn|error|fail|reject|skip|trunc|invalid|cannot|can't|could not|unable|unsupported|ignor|lost|lose|drop|out of range|overflow|refus|"
    r"left out|without|no longer|not be|instead|does not|differs|renamed|becomes|duplicate|not (carried|support|created|kept|migrated)",
    re.IGNORECASE,
)
# Shorter values are found in any output by chance.
SHORTEST = 4
# Lines that a person reads on in a terminal.
PAINT = re.compile(r"\x1b\[[0-9;]*m")


def lines(output: str) -> list[str]:
    return [PAINT.sub("", line).strip() for line in re.split(r"[\r\n]+", output) if line.strip()]


def complaints(output: str) -> list[str]:
    """Each with the two lines after it, where databases tell the context of an error."""
    found = lines(output)
    return [" ".join(found[place:place + 3]) for place, line in enumerate(found) if COMPLAINT.search(line)]


def has_error(output: str) -> bool:
    """Whether anything is called an error outright, as by the level of a log."""
    return any(re.search(r"\bERROR\b|\bFATAL\b", line) for line in lines(output))


def names_value(output: str, column: str, value: bytes | None) -> bool:
    """Whether the value itself is shown, or a complaint names its column."""
    text = (value or b"").decode(errors="replace")
    shown = len(text) >= SHORTEST and text in output
    return shown or names_any(output, [column])


def names_any(output: str, names: list[str]) -> bool:
    """Whether a complaint names one of these."""
    patterns = [rf"(?<!\w){re.escape(name)}(?!\w)" for name in names if name]
    return any(re.search(pattern, line) for line in complaints(output) for pattern in patterns)


def reason(output: str, ours: bool) -> str:
    """What says why a tool stopped: the last of Limosa's errors, the last complaint of others, whose trace comes before it."""
    if ours:
        return next((line.removeprefix("error ") for line in reversed(lines(output)) if line.startswith("error ")), "")
    found = [line for line in lines(output) if re.search("error|fail|fatal|exception|invalid|cannot|could not", line, re.IGNORECASE)]
    return (found or lines(output) or [""])[-1]
