"""Holds shapes of ours against those of AWS's service models.

Place in the house: tests only. The models are botocore's own, so what a new release gains is missed
here first.
"""

from datetime import datetime
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin

import botocore.session
import msgspec
from botocore.model import ServiceModel
from hypothesis import strategies as st

from outcrop.protocols.shape import Shape

NEW = "zzNew"
"""A member that no shape has."""

PLAIN: dict[str, Any] = {
    "string": str,
    "blob": bytes,
    "integer": int,
    "long": int,
    "double": float,
    "boolean": bool,
    "timestamp": datetime,
}


@cache
def service(name: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(name)


def hold(wanted: Any, kind: Any, path: str) -> None:
    """Fail unless `kind` names every member of the shape `wanted`, and nothing else."""
    if getattr(wanted, "is_document_type", False):
        assert kind is msgspec.Raw, path
    elif wanted.type_name == "structure":
        _hold_structure(wanted, kind, path)
    elif wanted.type_name == "list":
        assert get_origin(kind) is tuple, path
        hold(wanted.member, get_args(kind)[0], f"{path}[]")
    else:
        assert kind is PLAIN[wanted.type_name], path


def _hold_structure(wanted: Any, kind: type[Shape], path: str) -> None:
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    named = {name for name, field in fields.items() if field.name != "surplus"}
    required = {name for name in named if fields[name].required}

    assert named == members_of(wanted).keys(), path
    assert required <= set(wanted.required_members), path
    assert kind.union == bool(wanted.is_tagged_union), path
    for name, member in members_of(wanted).items():
        hold(member, _bare(fields[name].type), f"{path}.{name}")


def _bare(hint: Any) -> Any:
    left = [each for each in get_args(hint) if each is not NoneType]
    return left[0] if len(left) == 1 and get_origin(hint) is not tuple else hint


def members_of(structure: Any) -> dict[str, Any]:
    """Return the members that stand in the body."""
    return {
        name: member
        for name, member in structure.members.items()
        if "location" not in member.serialization
    }


def enums_of(wanted: Any) -> dict[str, set[str]]:
    """Return the words that AWS knows, by shape, anywhere below `wanted`."""
    found: dict[str, set[str]] = {}
    _collect(wanted, found, set())
    return found


def _collect(wanted: Any, found: dict[str, set[str]], seen: set[str]) -> None:
    if wanted.name in seen:
        return
    seen.add(wanted.name)
    if getattr(wanted, "enum", None):
        found[wanted.name] = set(wanted.enum)
    below = members_of(wanted).values() if wanted.type_name == "structure" else ()
    for member in (*below, *([wanted.member] if wanted.type_name == "list" else [])):
        _collect(member, found, seen)


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": texts,
    "blob": st.just("aGk="),
    "integer": st.integers(0, 2**31),
    "long": st.integers(0, 2**53),
    "double": st.floats(0, 1),
    "boolean": st.booleans(),
    "timestamp": st.sampled_from(["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678901Z"]),
}


@cache
def documents(wanted: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for JSON of this shape."""
    if getattr(wanted, "is_document_type", False):
        return st.dictionaries(texts, st.integers(), max_size=2)
    if wanted.type_name == "list":
        return st.lists(documents(wanted.member), max_size=2)
    if wanted.type_name != "structure":
        return VALUES[wanted.type_name]
    members = {name: documents(member) for name, member in members_of(wanted).items()}
    if wanted.is_tagged_union:
        return st.one_of(*(st.fixed_dictionaries({name: each}) for name, each in members.items()))
    required = {name: members.pop(name) for name in wanted.required_members if name in members}
    return st.fixed_dictionaries(required, optional=members)


def objects_in(document: Any) -> list[dict[str, Any]]:
    """Return every object in a document, outermost first."""
    if isinstance(document, list):
        return [each for value in document for each in objects_in(value)]
    if not isinstance(document, dict):
        return []
    return [document, *(each for value in document.values() for each in objects_in(value))]
