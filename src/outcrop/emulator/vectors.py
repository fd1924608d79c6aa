"""Vectors made of hashes: the same text, the same vector, always; texts that share words are near.

Place in the house: emulator. Pure. No model: every word points somewhere, by its hash, and a text
to the sum of its words.

    cosine(vector_of(["red", "fox"], 256), vector_of(["red", "hen"], 256))  # about 0.5
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import shake_256
from math import sqrt
from typing import Final

_WORD: Final = re.compile(r"\w+")
_MIDDLE: Final = 127.5


def words_of(text: str) -> list[str]:
    """Return the words of a text, without case; the text itself where it has none."""
    return _WORD.findall(text.casefold()) or [text]


def vector_of(features: Iterable[str], dimensions: int) -> tuple[float, ...]:
    """Return the sum of the directions of some features; its length grows with their number."""
    total = [0.0] * dimensions
    for feature, count in Counter(features).items():
        direction = _direction(feature, dimensions)
        total = [sum_ + count * each for sum_, each in zip(total, direction, strict=True)]
    return tuple(total)


@lru_cache(maxsize=1024)
def _direction(feature: str, dimensions: int) -> tuple[float, ...]:
    digest = shake_256(feature.encode("utf-8", "surrogatepass")).digest(dimensions)
    return normalised(tuple(byte - _MIDDLE for byte in digest))


def normalised(vector: Sequence[float]) -> tuple[float, ...]:
    """Return a vector of length 1 that points the same way."""
    length = sqrt(sum(each * each for each in vector))
    return tuple(each / length for each in vector)


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how alike two vectors of length 1 are, from -1 to 1."""
    return sum(left * right for left, right in zip(one, other, strict=True))
