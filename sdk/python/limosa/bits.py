"""Bitmaps of one bit a row, least significant first, and marks: one byte a row, 0 or 1.

Marks are what `itertools.compress` takes, so that rows are chosen without a step of Python for each.
"""

# The marks of each of the 256 bytes.
_MARKS = [bytes(byte >> place & 1 for place in range(8)) for byte in range(256)]
_DIGITS = bytes.maketrans(b"\0\1", b"01")
_OPPOSITE = bytes.maketrans(b"\0\1", b"\1\0")


def marks(bits: bytes, length: int) -> bytes:
    """The marks of a bitmap of so many rows."""
    if len(bits) * 8 < length:
        raise ValueError("a bitmap is too short")
    return b"".join(map(_MARKS.__getitem__, bits))[:length]


def bitmap(marks: bytes) -> bytes:
    """The bitmap of marks."""
    number = int(marks[::-1].translate(_DIGITS) or b"0", 2)
    return number.to_bytes((len(marks) + 7) // 8, "little")


def opposite(marks: bytes) -> bytes:
    """1 where the marks have 0."""
    return marks.translate(_OPPOSITE)


def both(first: bytes, second: bytes) -> bytes:
    """1 where both have 1."""
    number = int.from_bytes(first, "little") & int.from_bytes(second, "little")
    return number.to_bytes(len(first), "little")
