"""Holds the model to a JSON schema, and mends what it wrote all the same.

Place in the house: emulator, engines. Pure.

The runtime lets only such tokens through as its grammar allows. The grammar is made of a narrower
schema than the caller's: a model of this size runs on inside an open string or list until its
tokens are used up, so what has no end is given one. Whatever the narrower schema accepts, the
caller's does, but for what the grammar has no word for (``not``, ``if``, ``uniqueItems`` ...): what
was written is therefore validated against the caller's own, and a part that fails is replaced by a
sample. Nothing is ever fetched: a reference that leads out of the schema is refused.

Source: LLGuidance's JSON schema support, as measured; JSON Schema 2020-12, validated by jsonschema.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

import jsonschema
import msgspec
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.patterns import UnsatisfiableError
from outcrop.emulator.engines.samples import Json, sample

USUAL_STRING: Final = 120
LONGEST_STRING: Final = 400
USUAL_ITEMS: Final = 4
MOST_ITEMS: Final = 16
USUAL_MEMBERS: Final = 3
"""Of an object that names none."""
LARGEST_NUMBER: Final = 1_000_000_000
FINEST_NUMBER: Final = 0.001
MOST_NESTED: Final = 2
"""How often a definition may stand inside itself."""

GUIDANCE: Final = {"whitespace_flexible": False, "lenient": True, "coerce_one_of": True}
"""Compact JSON; keywords without a grammar are passed over; ``oneOf`` means ``anyOf``."""

_HELD_FORMATS: Final = frozenset({"date", "date-time", "ipv4", "time"})
"""Formats that the grammar knows and the model fills well."""
_FORMAT_PATTERNS: Final = {
    "email": r"^[a-z0-9]{1,16}@[a-z0-9]{1,16}\.(com|de|io|net|org)$",
    "hostname": r"^[a-z0-9]{1,16}(\.[a-z0-9]{1,16})?\.(com|de|io|net|org)$",
    "uri": r"^https://[a-z0-9]{1,16}\.(com|de|io|net|org)(/[a-z0-9]{1,16}){0,3}$",
    "uuid": r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
}
"""Formats that the model loses its way in, each as a pattern with an end."""
_UNSAYABLE: Final = re.compile(r"\(\?<?[=!]|\\[1-9]")
"""What patterns may hold and the grammar cannot: looking around, looking back."""
_NUMBER: Final = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")
_KEPT: Final = (*_NUMBER, "const", "enum", "minItems", "minLength", "required", "type")
_COMBINED: Final = frozenset({"allOf", "anyOf", "oneOf"})
_ANYTHING: Final = ["boolean", "integer", "null", "string"]

Narrow: TypeAlias = dict[str, Any]
_BROKEN: Final = (RecursionError, Unresolvable, re.error)
"""What a schema that is well-formed and makes no sense may raise in the validator."""


class _EndlessError(Exception):
    """This part of a schema contains itself once too often, or leads out of the document."""


def decode_schema(raw: bytes | str, what: str) -> Json:
    """Read the caller's schema.

    Raises:
        EngineRefusal: It is none; `what` names it in the message.
    """
    try:
        schema = msgspec.json.decode(raw)
        _validator(schema).check_schema(schema)
    except (msgspec.DecodeError, SchemaError, TypeError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise _refusal(f"The JSON schema of {what} is not valid: {reason}") from error
    for reference in _references(schema):
        if not reference.startswith("#"):
            raise _refusal(f"The JSON schema of {what} refers to {reference}, outside of itself")
    return schema


def _references(schema: Json) -> Iterator[str]:
    parts = schema.values() if isinstance(schema, dict) else schema
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"]
    if isinstance(schema, dict | list):
        for part in parts:
            yield from _references(part)


def encode_grammar(schema: Json) -> str | None:
    """Write down what the model may write; None where no grammar can say it."""
    try:
        narrow = _narrow(schema, _Document(schema), closed=True)
    except _EndlessError:
        return None
    document = {"x-guidance": GUIDANCE, **(narrow if isinstance(narrow, dict) else {})}
    return "%llguidance {}\nstart: %json " + msgspec.json.encode(document).decode()


def mend(text: str, schema: Json) -> str | None:
    """Return `text` if it is JSON that `schema` accepts, else the nearest JSON that is.

    Parts that the schema refuses are replaced by samples of their own schemas; where that does not
    help, or `text` is no JSON, by a sample of the whole. None where no sample was found.
    """
    with suppress(msgspec.DecodeError, UnsatisfiableError, *_BROKEN):
        value = msgspec.json.decode(text)
        mended = _replaced(value, schema)
        return text if mended is value else _encode(mended)
    with suppress(UnsatisfiableError):
        return _encode(sample(schema))
    return None


def _validator(schema: Json) -> Any:
    # An empty registry: the default one would fetch what a reference names.
    kind = validator_for(schema, default=jsonschema.Draft202012Validator)
    return kind(schema, registry=Registry(), format_checker=jsonschema.FormatChecker())


def _encode(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def _refusal(text: str) -> EngineRefusal:
    return EngineRefusal(400, "ValidationException", text)


def _replaced(value: Json, schema: Json) -> Json:
    """Return `value`, each part that `schema` refuses replaced by a sample of its own schema.

    Raises:
        UnsatisfiableError: There is no sample, or samples of the parts do not make a whole.
    """
    validator = _validator(schema)
    # The innermost first: what holds it may be replaced too, and then as a whole.
    errors = sorted(validator.iter_errors(value), key=_depth, reverse=True)
    known = schema if isinstance(schema, dict) else {}
    definitions = {key: known[key] for key in ("$defs", "definitions") if key in known}
    for error in errors:
        part = error.schema if isinstance(error.schema, dict) else {}
        value = _put(value, list(error.absolute_path), sample({**definitions, **part}))
    if errors and not validator.is_valid(value):
        raise UnsatisfiableError("samples of the parts do not make a whole")
    return value


def _depth(error: ValidationError) -> int:
    return len(error.absolute_path)


def _put(value: Json, path: list[Any], part: Json) -> Json:
    """Return `value` with `part` at `path`."""
    if not path:
        return part
    head, *rest = path
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[head] = _put(copy[head], rest, part)
    return copy


class _Document:
    """The schema that references are relative to, and which of them are being followed."""

    def __init__(self, root: Json, followed: tuple[str, ...] = ()) -> None:
        self._root = root
        self._followed = followed

    def follow(self, reference: str) -> tuple[Json, "_Document"]:
        """Return what a reference names, and the document as seen from there.

        Raises:
            _EndlessError: It was followed too often, or names nothing in this document.
        """
        if not reference.startswith("#") or self._followed.count(reference) >= MOST_NESTED:
            raise _EndlessError(reference)
        found = self._root
        for part in reference[1:].split("/")[1:]:
            found = self._step(found, unquote(part).replace("~1", "/").replace("~0", "~"))
        return found, _Document(self._root, (*self._followed, reference))

    @staticmethod
    def _step(found: Json, part: str) -> Json:
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            return found[int(part)]
        if isinstance(found, Mapping) and part in found:
            return found[part]
        raise _EndlessError(part)


def _narrow(schema: Json, document: _Document, *, closed: bool) -> Json:
    """Return a schema that accepts less, and nothing without end.

    Args:
        schema: Part of the caller's schema.
        document: The whole of it.
        closed: Whether members that an object does not name are left out. They must not be where
            another part of the schema may name them.
    """
    if schema is True or schema == {}:
        return {"type": _ANYTHING, "maxLength": USUAL_STRING}
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target, document = document.follow(schema["$ref"])
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        whole = {**target, **rest} if isinstance(target, dict) else target
        return _narrow(whole, document, closed=closed)
    narrow: Narrow = {key: schema[key] for key in _KEPT if key in schema}
    if "const" not in schema and "enum" not in schema:
        for kind in _kinds(schema):
            narrow |= {"type": kind} | narrow | _ENDS[kind](schema, document, closed=closed)
    return narrow | _combined(schema, document, closed=closed)


def _kinds(schema: Narrow) -> list[str]:
    """Return the types whose ends this schema needs."""
    given = schema.get("type", [])
    types = [given] if isinstance(given, str) else given
    telling = [kind for keyword, kind in _TELLTALE.items() if keyword in schema]
    return [kind for kind in types or telling[:1] if kind in _ENDS]


_TELLTALE: Final = {
    "properties": "object",
    "additionalProperties": "object",
    "items": "array",
    "prefixItems": "array",
    "pattern": "string",
    "format": "string",
    "maxLength": "string",
    "minLength": "string",
    "minimum": "number",
    "maximum": "number",
}
"""What a schema without a type is about."""


def _combined(schema: Narrow, document: _Document, *, closed: bool) -> Narrow:
    # Each branch may name members that only the others do, or this schema itself.
    closed = closed and "allOf" not in schema and "properties" not in schema
    return {
        keyword: _branches(keyword, schema[keyword], document, closed=closed)
        for keyword in _COMBINED & schema.keys()
    }


def _branches(
    keyword: str, branches: list[Json], document: _Document, *, closed: bool
) -> list[Json]:
    narrow = []
    for branch in branches:
        try:
            narrow.append(_narrow(branch, document, closed=closed))
        except _EndlessError:
            # One of several ways need not be taken.
            if keyword == "allOf":
                raise
    if not narrow:
        raise _EndlessError(keyword)
    return narrow


def _end_object(schema: Narrow, document: _Document, *, closed: bool) -> Narrow:
    if "properties" not in schema:
        return _end_map(schema, document)
    ends: Narrow = {"properties": _end_members(schema, document)}
    # Another part of the schema may name members too.
    if closed and not _COMBINED & schema.keys():
        ends["additionalProperties"] = False
    return ends


def _end_members(schema: Narrow, document: _Document) -> Narrow:
    members = {}
    for name, member in schema["properties"].items():
        try:
            members[name] = _narrow(member, document, closed=True)
        except _EndlessError:
            if name in schema.get("required", ()):
                raise
    return members


def _end_map(schema: Narrow, document: _Document) -> Narrow:
    """End an object whose members have no names of their own."""
    fewest = schema.get("minProperties", 0)
    most = min(schema.get("maxProperties", USUAL_MEMBERS), USUAL_MEMBERS)
    patterns = schema.get("patternProperties", {})
    others = schema.get("additionalProperties", not patterns)
    return {
        "patternProperties": {
            name: _narrow(member, document, closed=True) for name, member in patterns.items()
        },
        "additionalProperties": _narrow(others, document, closed=True),
        "maxProperties": max(most, fewest),
        "minProperties": fewest,
    }


def _end_array(schema: Narrow, document: _Document, *, closed: bool) -> Narrow:
    del closed
    ends: Narrow = {}
    if "prefixItems" in schema:
        first = [_narrow(item, document, closed=True) for item in schema["prefixItems"]]
        ends["prefixItems"] = first
        ends["minItems"] = max(schema.get("minItems", 0), len(first))
    fewest = ends.get("minItems", schema.get("minItems", 0))
    try:
        ends["items"] = _narrow(schema.get("items", True), document, closed=True)
    except _EndlessError:
        return ends | {"items": False, "maxItems": fewest}
    most = min(schema.get("maxItems", USUAL_ITEMS), MOST_ITEMS)
    return ends | {"maxItems": max(most, fewest)}


def _end_string(schema: Narrow, _document: _Document, *, closed: bool) -> Narrow:
    del closed
    most = min(schema.get("maxLength", USUAL_STRING), LONGEST_STRING)
    return {"maxLength": max(most, schema.get("minLength", 0))} | _end_format(schema)


def _end_format(schema: Narrow) -> Narrow:
    name = schema.get("format", "")
    if name in _HELD_FORMATS and "pattern" not in schema:
        return {"format": name}
    pattern = schema.get("pattern", _FORMAT_PATTERNS.get(name))
    return {"pattern": pattern} if pattern and not _UNSAYABLE.search(pattern) else {}


def _end_number(schema: Narrow, document: _Document, *, closed: bool) -> Narrow:
    fineness = {"multipleOf": schema.get("multipleOf", FINEST_NUMBER)}
    return _end_integer(schema, document, closed=closed) | fineness


def _end_integer(schema: Narrow, _document: _Document, *, closed: bool) -> Narrow:
    del closed
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    ends: Narrow = {}
    if low is None:
        ends["minimum"] = min(0, high or 0) - LARGEST_NUMBER
    if high is None:
        ends["maximum"] = max(0, low or 0) + LARGEST_NUMBER
    return ends


_Ender: TypeAlias = Callable[..., Narrow]
_ENDS: Final[Mapping[str, _Ender]] = MappingProxyType(
    {
        "object": _end_object,
        "array": _end_array,
        "string": _end_string,
        "integer": _end_integer,
        "number": _end_number,
    }
)
