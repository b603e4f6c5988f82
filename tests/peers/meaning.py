"""What a stored cell means, whatever engine it lies in, and when two cells mean the same."""

import json
import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum

from database import Cell


class Match(StrEnum):
    """How a cell in the target compares with the one in the source."""

    EXACT = "exact"
    # The value can be had back without a guess: a decimal as text, a boolean as 1.
    OTHER_FORM = "same value in another form"
    ALTERED = "altered"
    # NULL in the place of a value.
    LOST = "lost"


@dataclass(frozen=True)
class Meaning:
    """`kind` is one of null, number, float, single, text, padded, word, set, bytes, boolean, moment, bits, json."""

    kind: str
    raw: bytes


NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
MOMENT = re.compile(
    r"(?P<date>-?\d{4,6}-\d\d-\d\d)?[ T]?(?P<time>-?\d{1,3}:\d\d(:\d\d(\.\d+)?)?)? ?(?P<zone>Z|UTC|[+-]\d\d(:?\d\d)?)?( UTC)?(?P<era> BC)?"
)
# The year 5138, as seconds.
MILLISECONDS_AT = 100_000_000_000
# FLT_DIG of C.
SINGLE_DIGITS = 6
SPAN = re.compile(r"((?P<days>-?\d+) days?, )?(?P<sign>-)?(?P<time>\d+:\d\d:\d\d(\.\d+)?)")
WORDS = {b"true": True, b"t": True, b"1": True, b"false": False, b"f": False, b"0": False}
# What servers' types mean. Whatever is not here is text.
KINDS = {
    "smallint": "number", "integer": "number", "bigint": "number", "numeric": "number", "real": "single", "double precision": "float",
    "boolean": "boolean", "character": "padded", "char": "padded", "bytea": "bytes", "bit": "bits", "json": "json", "jsonb": "json", "set": "set",
    "date": "moment", "time": "moment", "timestamp": "moment",
    "tinyint": "number", "mediumint": "number", "int": "number", "decimal": "number", "year": "number", "float": "single", "double": "float",
    "datetime": "moment", "blob": "bytes", "tinyblob": "bytes", "mediumblob": "bytes", "longblob": "bytes", "binary": "bytes", "varbinary": "bytes",
}


def meaning(engine: str, cell: Cell) -> Meaning:
    if cell.raw is None:
        return Meaning("null", b"")
    if engine == "sqlite":
        storage, _, declared = cell.type.partition(":")
        kind = {"integer": "number", "real": "float", "blob": "bytes"}.get(storage, "text")
        # In a column that was meant for something else, text stands for that: a date, a decimal, `true`.
        is_text = not declared or re.search("CHAR|CLOB|TEXT", declared, re.IGNORECASE)
        return Meaning(kind if kind != "text" or is_text else "word", cell.raw)
    word = re.sub(r"\(.*?\)| (unsigned|zerofill|with.*)", "", cell.type)
    if engine == "postgres" and word == "real":
        return Meaning("single", cell.raw)
    if engine == "mysql" and word == "bit":
        width = int(cell.type[4:-1])
        return Meaning("bits", format(int(cell.raw), f"0{width}b").encode())
    return Meaning(KINDS.get(word, "text"), cell.raw)


def compared(source: Meaning, target: Meaning) -> Match:
    if source.kind == "null":
        return Match.EXACT if target.kind == "null" else Match.ALTERED
    if target.kind == "null":
        return Match.LOST
    if source.kind == "padded":
        # The spaces at the end are the type's, not the value's.
        source, target = Meaning("text", source.raw.rstrip(b" ")), Meaning(target.kind, target.raw.rstrip(b" "))
    same_kind = source.kind == target.kind or {source.kind, target.kind} <= {"text", "word", "padded", "set"}
    if same_kind and (source.raw == target.raw or normal(source) == normal(target)):
        return Match.EXACT
    return Match.OTHER_FORM if source.raw == target.raw or is_other_form(source, target) else Match.ALTERED


def normal(value: Meaning) -> object:
    """What values of one kind are compared by; text by its bytes, for text has no other spelling."""
    match value.kind:
        case "number":
            return number(value) if special(value) is None else special(value)
        case "float" | "single":
            return double(value)
        case "moment":
            return moment(value) or value.raw
        case _:
            return value.raw


def is_other_form(source: Meaning, target: Meaning) -> bool:
    # Text that was meant as text stays as it is, letter by letter.
    if source.kind == "text":
        return target.kind == "json" and json_value(source) is not None and json_value(source) == json_value(target)
    if source.kind in ("float", "single") or target.kind in ("float", "single"):
        return same_float(source, target)
    readers = {
        "number": (number, boolean, epoch), "boolean": (boolean,), "moment": (moment, span), "bits": (bits, bit_bytes),
        "bytes": (in_base_16,), "json": (json_value,), "set": (members,),
        "word": (number, boolean, moment, json_value),
    }
    readings = [(reader(source), reader(target)) for reader in readers.get(source.kind, ())]
    return any(one is not None and one == other for one, other in readings)


def same_float(source: Meaning, target: Meaning) -> bool:
    """Bits are the same if they read as the same bits; a decimal, if the float's shortest text or the float itself is that decimal."""
    one, other = number(source), number(target)
    if one is None or other is None:
        return special(source) is not None and special(source) == special(target)
    if source.kind == "single":
        # Who knows that it was a single can have it back from as many digits as it needs.
        return single(one) == single(other)
    if target.kind == "single" and source.kind == "float":
        return float(one) == double(target)
    if target.kind == "single":
        # It holds the six digits that are asked of it.
        return len(one.as_tuple().digits) <= SINGLE_DIGITS and single(one) == single(other)
    return float(one) == float(other) if source.kind == "float" else one in (other, Decimal(float(other)))


def special(value: Meaning) -> str | None:
    """NaN and the infinities, as engines spell them."""
    return {b"nan": "NaN", b"inf": "inf", b"+inf": "inf", b"infinity": "inf", b"-inf": "-inf", b"-infinity": "-inf"}.get(value.raw.lower())


def number(value: Meaning) -> Decimal | None:
    if value.kind == "boolean":
        return Decimal(WORDS[value.raw])
    if value.kind == "bits":
        return Decimal(int(value.raw, 2))
    text = value.raw.decode(errors="replace")
    with localcontext(prec=1000):
        return Decimal(text.strip()) if NUMBER.fullmatch(text) and value.kind != "bytes" else None


def single(value: Decimal) -> float:
    try:
        return struct.unpack("f", struct.pack("f", float(value)))[0]
    except OverflowError:
        return float("inf")


def double(value: Meaning) -> float | str | None:
    """The bits, as a double."""
    found = number(value)
    if found is None:
        return special(value)
    return single(found) if value.kind == "single" else float(found)


def boolean(value: Meaning) -> bool | None:
    return WORDS.get(value.raw.lower()) if value.kind != "bytes" else None


def bits(value: Meaning) -> Decimal | None:
    """Text may show the digits in base 2; a number is the number."""
    if value.kind in ("text", "word") and re.fullmatch(rb"[01]{8,}", value.raw):
        return Decimal(int(value.raw, 2))
    return number(value)


def bit_bytes(value: Meaning) -> int | None:
    if value.kind == "bits":
        return int(value.raw, 2)
    return int.from_bytes(value.raw, "big") if value.kind in ("bytes", "text", "word") else None


def in_base_16(value: Meaning) -> bytes | None:
    """Bytes, or text that spells bytes."""
    if value.kind == "bytes":
        return value.raw
    found = re.fullmatch(rb"(?:\\x|0x)?((?:[0-9a-fA-F]{2})*)", value.raw)
    return bytes.fromhex(found[1].decode()) if found else None


def moment(value: Meaning) -> tuple | None:
    """Date, time without needless zeros, and the zone in minutes: none is taken for UTC, which all servers here are set to."""
    found = MOMENT.fullmatch(value.raw.decode(errors="replace"))
    if value.kind in ("bytes", "number") or found is None or not (found["date"] or found["time"]):
        return None
    time = found["time"] or "00:00:00"
    time = time + ":00" if time.count(":") == 1 else time
    zone = 0
    if found["zone"] and found["zone"] not in ("Z", "UTC"):
        digits = found["zone"][1:].replace(":", "").ljust(4, "0")
        zone = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if found["zone"][0] == "-" else 1)
    date = found["date"]
    if found["era"]:
        # As astronomers count, who have a year 0.
        date = f"{1 - int(date[:4]):05d}{date[4:]}"
    return date, time.rstrip("0").rstrip(".") if "." in time else time, zone


def epoch(value: Meaning) -> datetime | None:
    """Seconds since 1970, or milliseconds if that many seconds would be far off, as the moment that they stand for."""
    if value.kind == "number":
        found = number(value)
        if found is None or abs(found) >= MILLISECONDS_AT * 1000:
            return None
        return datetime(1970, 1, 1) + (timedelta(milliseconds=int(found)) if abs(found) >= MILLISECONDS_AT else timedelta(seconds=int(found)))
    found = moment(value)
    if found is None or found[0] is None or found[2]:
        return None
    try:
        return datetime.fromisoformat(f"{found[0]} {found[1]}")
    except ValueError:
        return None


def span(value: Meaning) -> Decimal | None:
    """Seconds: what MySQL's TIME holds, and Python writes as `-1 day, 23:00:00`."""
    found = SPAN.fullmatch(value.raw.decode(errors="replace"))
    if value.kind in ("bytes", "number") or found is None:
        return None
    hours, minutes, seconds = (Decimal(part) for part in found["time"].split(":"))
    time = hours * 3600 + minutes * 60 + seconds
    return int(found["days"] or 0) * 86400 + (-time if found["sign"] else time)


def members(value: Meaning) -> frozenset[bytes] | None:
    """Of a SET: words between commas, or an array as PostgreSQL writes it."""
    found = re.fullmatch(rb"\{(.*)\}", value.raw)
    words = (found[1] if found else value.raw).split(b",")
    return frozenset(word.strip(b'"') for word in words if word) if value.kind in ("set", "text") else None


def json_value(value: Meaning) -> object:
    """With every key in its order, and numbers by their digits."""
    try:
        return json.loads(value.raw, object_pairs_hook=tuple, parse_float=Decimal, parse_int=Decimal)
    except (ValueError, RecursionError):
        return None
