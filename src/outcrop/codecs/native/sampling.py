"""How a native form calls the numbers of `Sampling`.

Place in the house: the native codecs.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.native.members import Members, Path
from outcrop.types.requests import Sampling

Names: TypeAlias = Mapping[str, Path]
"""Field of `Sampling` to where it stands."""

# All others are whole numbers.
_KINDS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "temperature": float,
        "top_p": float,
        "stop_sequences": tuple[str, ...],
        "presence_penalty": float,
        "frequency_penalty": float,
        "logit_bias": msgspec.Raw,
    }
)


def encode(sampling: Sampling, names: Names) -> dict[Path, Any]:
    """Write the numbers that were given and that the form has names for."""
    given = {path: getattr(sampling, name) for name, path in names.items()}
    return {path: number for path, number in given.items() if number is not None}


def decode(members: Members, names: Names) -> Sampling:
    """Read the numbers."""
    taken = {name: _take(members, name, path) for name, path in names.items()}
    return Sampling(**{name: value for name, value in taken.items() if value is not None})


def _take(members: Members, name: str, path: Path) -> Any:
    kind = _KINDS.get(name)
    return members.take_count(path) if kind is None else members.take(kind, path)
