"""Members that only one model understands: what we derive, and what the caller wrote over it.

Place in the house: flow. Values for ``additionalModelRequestFields``; the caller's own JSON passes
through unparsed, but for the levels at which both say something.

Source: behaviour specification, CONV-05.
"""

from typing import Any, Final, TypeAlias

import msgspec

from outcrop.errors import BadRequestError

Fields: TypeAlias = dict[str, Any]
"""A JSON object under construction."""

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def put(fields: Fields, path: tuple[str, ...], value: Any) -> None:
    """Set the member at `path`, making the objects above it."""
    for name in path[:-1]:
        fields = fields.setdefault(name, {})
    fields[path[-1]] = value


def merge(derived: Fields, given: msgspec.Raw | None) -> msgspec.Raw | None:
    """Lay what the caller wrote over what was derived: the caller wins, level by level.

    Raises:
        BadRequestError: What the caller wrote is no JSON object.
    """
    if not derived:
        return given
    if given is None:
        return msgspec.Raw(msgspec.json.encode(derived))
    members = _read(given)
    if members is None:
        raise BadRequestError("additional_model_request_fields must be one JSON object")
    return msgspec.Raw(msgspec.json.encode(_over(derived, members)))


def _over(derived: Fields, members: dict[str, msgspec.Raw]) -> Fields:
    merged: Fields = derived | members
    for name in derived.keys() & members.keys():
        inner = _read(members[name]) if isinstance(derived[name], dict) else None
        if inner is not None:
            merged[name] = _over(derived[name], inner)
    return merged


def _read(given: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    try:
        return _members.decode(given)
    except msgspec.DecodeError:
        return None
