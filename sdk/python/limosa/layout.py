"""How values lie where the host hands them over, and how they are made Python's and back.

Written without a step of Python for each row wherever the values allow it: `map`, `compress` and the slices of
memoryviews run compiled.
"""

from array import array
from collections.abc import Sequence
from itertools import accumulate, repeat
from operator import add, eq, lshift, rshift

WORD_BITS = 64


def fixed_point(data: bytes) -> list[int]:
    """The whole numbers of 16 bytes each, little-endian two's complement."""
    low, high = memoryview(data).cast("q")[0::2].tolist(), memoryview(data).cast("q")[1::2].tolist()
    # Amounts fit one word nearly always: then the other one repeats its sign.
    if all(map(eq, high, map(rshift, low, repeat(WORD_BITS - 1)))):
        return low
    low = memoryview(data).cast("Q")[0::2].tolist()
    return list(map(add, map(lshift, high, repeat(WORD_BITS)), low))


def from_fixed_point(values: Sequence[int]) -> bytes:
    """16 bytes each, little-endian two's complement; OverflowError where one has more than 127 bits."""
    try:
        low = array("q", values)
    except OverflowError:
        return b"".join([value.to_bytes(16, "little", signed=True) for value in values])
    words = array("q", bytes(16 * len(low)))
    words[0::2] = low
    words[1::2] = array("q", map(rshift, low, repeat(WORD_BITS - 1)))
    return words.tobytes()


def blobs(offsets: list[int], data: bytes) -> list[bytes]:
    """The runs of bytes between offsets; ValueError where those contradict the bytes."""
    if not offsets or offsets[0] < 0 or offsets[-1] != len(data):
        raise ValueError("offsets end elsewhere than the bytes")
    # Sorting a sorted list costs one comparison a value.
    if sorted(offsets) != offsets:
        raise ValueError("offsets run backwards")
    return list(map(data.__getitem__, map(slice, offsets, offsets[1:])))


def texts(offsets: list[int], data: bytes) -> list[str]:
    """The texts between offsets; ValueError where one is not UTF-8."""
    pieces = blobs(offsets, data)
    if data.isascii():
        text = data.decode("ascii")
        return list(map(text.__getitem__, map(slice, offsets, offsets[1:])))
    return list(map(bytes.decode, pieces))


def from_blobs(values: Sequence[bytes]) -> tuple[list[int], bytes]:
    """Offsets and bytes."""
    return list(accumulate(map(len, values), initial=0)), b"".join(values)
