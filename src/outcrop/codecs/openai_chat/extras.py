"""What stood beside the members that are named, as `Extra` of this API, and back.

Place in the house: OpenAI Chat codec, the client's half.

A member that stood in an object which the canonical model does not have is named by its path, as
in the requests that clients send: ``choices[0].logprobs``.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from outcrop.codecs.openai_chat.parts import API
from outcrop.protocols.levels import merge
from outcrop.protocols.wire_type import Surplus
from outcrop.types.json import Extra


def decode_extra(surplus: Surplus | None) -> Extra | None:
    """Return what stood beside the named members, free of the buffer it was read from."""
    return None if surplus is None else make_extra(surplus.members)


def make_extra(members: Mapping[str, msgspec.Raw]) -> Extra | None:
    """Keep members, free of the buffer they were read from; none makes nothing."""
    return Extra(API, {name: raw.copy() for name, raw in members.items()}) if members else None


def members_of(extra: Extra | None) -> dict[str, msgspec.Raw]:
    """Return the members that this API wrote."""
    return extra.members if extra is not None and extra.api == API else {}


def lay_over(entry: dict[str, Any], extra: Extra | None) -> dict[str, Any]:
    """Add to `entry` what stood there when it was read, below it by path too."""
    for path, raw in members_of(extra).items():
        if "[" not in path:
            _place(entry, path, raw)
    return entry


def _place(entry: dict[str, Any], path: str, raw: msgspec.Raw) -> None:
    name, _, rest = path.partition(".")
    inner = entry.get(name)
    if rest and isinstance(inner, dict):
        _place(inner, rest, raw)
    else:
        merge(entry, {path: raw})
