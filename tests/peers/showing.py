"""Values as a person reads them: text in quotes, bytes in base 16, nothing invisible."""

from database import Cell
from meaning import meaning, normal

# Longer ones are cut in the middle.
SHOWN = 80
# The zero-width joiner is invisible, but emoji are made with it.
JOINER = "\u200d"


def shown(engine: str, cell: Cell) -> str:
    value = meaning(engine, cell)
    match value.kind:
        case "null":
            return "NULL"
        case "bytes":
            return shortened(f"x'{value.raw.hex()}'")
        case "single":
            return f"{normal(value)!r} (single)"
    try:
        text = value.raw.decode()
    except UnicodeDecodeError:
        return shortened(f"text x'{value.raw.hex()}'")
    text = shortened("".join(one if one.isprintable() or one == JOINER else f"\\u{ord(one):04x}" for one in text))
    return text if value.kind in ("number", "float", "boolean", "moment", "bits") else f"'{text}'"


def shortened(text: str, longest: int = SHOWN) -> str:
    return text if len(text) <= longest else f"{text[:longest // 2]}…{text[-longest // 4:]}"


def type_of(engine: str, cell: Cell) -> str:
    """In SQLite the class that the value is stored as, for the declared type binds nobody."""
    return cell.type.partition(":")[0] if engine == "sqlite" else cell.type
