"""Makes a value that a JSON schema accepts: always the same one for the same schema.

Place in the house: emulator, engines. Pure. `echo` fills the arguments of tools and structured
answers with it.

    >>> sample({"type": "object", "properties": {"n": {"minimum": 3}}, "required": ["n"]})
    {'n': 3}

What the schema itself says comes first: ``const``, ``enum``, ``default``, ``examples``. Every
result has been validated; a schema for which nothing was found raises.

Source: JSON Schema 2020-12, validated by jsonschema.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import jsonschema

from outcrop.emulator.engines.patterns import UnsatisfiableError, match_for

Json: TypeAlias = Any
"""Whatever JSON can hold."""
Schema: TypeAlias = Mapping[str, Json]

_DEEPEST: Final = 12
_VARIANTS: Final = 8


class _Context:
    """The document a schema stands in, for its references."""

    def __init__(self, root: Json) -> None:
        self.root = root

    def accepts(self, schema: Json, value: Json) -> bool:
        # A fragment is validated inside its document, where its references lead somewhere.
        around = self.root if isinstance(self.root, dict) else {}
        document = {key: around[key] for key in ("$defs", "definitions") if key in around}
        whole = {**document, **schema} if isinstance(schema, dict) else schema
        return _is_valid(whole, value)


def sample(schema: Json) -> Json:
    """Return a value that `schema` accepts.

    Raises:
        UnsatisfiableError: None was found, or the schema is none.
    """
    context = _Context(schema)
    reason = UnsatisfiableError("no value of this schema was found")
    for nth in range(_VARIANTS):
        try:
            value = _attempt(schema, context, nth)
        except UnsatisfiableError as error:
            reason = error
        else:
            if _is_valid(schema, value):
                return value
    raise reason


def _attempt(schema: Json, context: _Context, nth: int) -> Json:
    try:
        return _make(schema, context, 0, nth)
    except (AttributeError, OverflowError, RecursionError, TypeError, ValueError) as error:
        raise UnsatisfiableError("the schema is not one") from error


def _is_valid(schema: Json, value: Json) -> bool:
    validator = jsonschema.Draft202012Validator(schema)
    try:
        return validator.is_valid(value)
    except Exception as error:
        # What a broken schema raises is not of one kind: types, references, expressions.
        raise UnsatisfiableError("the schema cannot be used") from error


def _make(schema: Json, context: _Context, depth: int, nth: int) -> Json:
    # `nth` asks for another value than before.
    _check_depth(depth)
    if not isinstance(schema, dict):
        return _make_boolean(schema)
    whole = _merged(schema, context, depth)
    given = list(_given(whole))
    if given:
        return given[nth % len(given)]
    for keyword in ("anyOf", "oneOf"):
        if whole.get(keyword):
            return _make_choice(whole, keyword, context, depth, nth)
    return _MAKERS[_type(whole, nth)](whole, context, depth, nth)


def _make_boolean(schema: Json) -> Json:
    if schema is True:
        return "sample"
    raise UnsatisfiableError("the schema accepts nothing")


def _given(schema: Schema) -> Iterator[Json]:
    if "const" in schema:
        yield schema["const"]
    yield from schema.get("enum", ())
    if "default" in schema:
        yield schema["default"]
    yield from schema.get("examples", ())


def _make_choice(schema: Schema, keyword: str, context: _Context, depth: int, nth: int) -> Json:
    rest = {key: value for key, value in schema.items() if key != keyword}
    choices = schema[keyword]
    for turn in range(len(choices)):
        choice = choices[(nth + turn) % len(choices)]
        if not isinstance(choice, dict):
            continue
        try:
            value = _make({"allOf": [rest, choice]}, context, depth + 1, nth)
        except UnsatisfiableError:
            continue
        if context.accepts(schema, value):
            return value
    raise UnsatisfiableError(f"no choice of {keyword} could be met")


_MERGED: Final = frozenset({"$ref", "allOf", "if", "then"})


def _merged(schema: Schema, context: _Context, depth: int) -> Schema:
    """Follow references and put the parts of ``allOf`` and ``then`` together."""
    _check_depth(depth)
    found = [*schema.get("allOf", ()), *(schema[key] for key in ("if", "then") if key in schema)]
    parts: list[Schema] = [part for part in found if isinstance(part, dict)]
    if "$ref" in schema:
        parts = [_resolve(schema["$ref"], context.root), *parts]
    whole: dict[str, Json] = {k: v for k, v in schema.items() if k not in _MERGED}
    for part in parts:
        whole = _join(whole, _merged(part, context, depth + 1))
    return whole


def _check_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise UnsatisfiableError("the schema asks for itself without end")


def _resolve(reference: str, root: Json) -> Schema:
    if not reference.startswith("#"):
        raise UnsatisfiableError(f"{reference!r} leads out of the schema")
    target = root
    for part in reference.removeprefix("#").strip("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if name:
            target = target.get(name) if isinstance(target, dict) else None
    if not isinstance(target, dict):
        raise UnsatisfiableError(f"{reference!r} leads nowhere")
    return target


_STRICTER: Final[Mapping[str, Callable[[Any, Any], Any]]] = MappingProxyType(
    dict.fromkeys(("minimum", "minLength", "minItems", "minProperties"), max)
    | dict.fromkeys(("maximum", "maxLength", "maxItems"), min)
)


def _join(first: Schema, second: Schema) -> dict[str, Json]:
    joined: dict[str, Json] = {**second, **first}
    for key in ("properties", "$defs"):
        if key in first and key in second:
            joined[key] = {**second[key], **first[key]}
    if "required" in first and "required" in second:
        joined["required"] = [*first["required"], *second["required"]]
    for key in joined.keys() & _STRICTER.keys():
        if key in first and key in second:
            joined[key] = _STRICTER[key](first[key], second[key])
    return joined


_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "properties": "object",
        "required": "object",
        "additionalProperties": "object",
        "items": "array",
        "prefixItems": "array",
        "minItems": "array",
        "minimum": "number",
        "maximum": "number",
        "exclusiveMinimum": "number",
        "multipleOf": "number",
    }
)


def _type(schema: Schema, nth: int) -> str:
    # What is said, or what the keywords imply.
    said = schema.get("type")
    if isinstance(said, list):
        kinds = [kind for kind in said if kind != "null"] or ["null"]
        said = kinds[nth % len(kinds)]
    if said is None:
        said = next((kind for key, kind in _HINTS.items() if key in schema), "string")
    if said not in _MAKERS:
        raise UnsatisfiableError(f"{said!r} is no type")
    return str(said)


def _object(schema: Schema, context: _Context, depth: int, nth: int) -> Json:
    properties = schema.get("properties", {})
    names = list(dict.fromkeys(schema.get("required", ())))
    if not names:
        names = list(properties)
    least = schema.get("minProperties", 0)
    others = [name for name in properties if name not in names]
    names += [*others, *(f"key{number}" for number in range(least))][: max(0, least - len(names))]
    other = schema.get("additionalProperties", True)
    return {name: _make(properties.get(name, other), context, depth + 1, nth) for name in names}


def _array(schema: Schema, context: _Context, depth: int, nth: int) -> Json:
    first = schema.get("prefixItems", [])
    least = schema.get("minItems", 0)
    size = max(least, len(first), min(1, schema.get("maxItems", 1)) if "items" in schema else 0)
    items = schema.get("items", True)
    step = 1 if schema.get("uniqueItems") else 0
    return [
        _make(first[place] if place < len(first) else items, context, depth + 1, nth + step * place)
        for place in range(size)
    ]


_FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "2026-01-02",
        "time": "03:04:05Z",
        "date-time": "2026-01-02T03:04:05Z",
        "duration": "PT1H",
        "email": "user@example.com",
        "hostname": "example.com",
        "ipv4": "192.0.2.1",
        "ipv6": "2001:db8::1",
        "uri": "https://example.com/",
        "uuid": "00000000-0000-4000-8000-000000000000",
    }
)


def _string(schema: Schema, _context: _Context, _depth: int, nth: int) -> Json:
    shortest = schema.get("minLength", 0)
    longest = schema.get("maxLength")
    if "pattern" in schema:
        return match_for(schema["pattern"], shortest, longest)
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    text = "sample" if nth == 0 else f"sample{nth}"
    if longest is not None and len(text) > longest:
        text = str(nth) if longest else ""
    return text.ljust(shortest, "x")


def _integer(schema: Schema, _context: _Context, _depth: int, nth: int) -> Json:
    step = math.floor(schema.get("multipleOf", 1)) or 1
    return math.ceil(_pick(_multiples(schema, step), nth))


def _number(schema: Schema, _context: _Context, _depth: int, nth: int) -> Json:
    if "multipleOf" in schema:
        return _pick(_multiples(schema, schema["multipleOf"]), nth)
    low, high = _bounds(schema)
    middle = (low + high) / 2 if math.isfinite(low + high) else max(low, min(0, high)) + 0.5
    first, *others = [*_multiples(schema, 1), middle]
    return _pick([first, middle, *others], nth)


def _pick(found: list[float], nth: int) -> float:
    if not found:
        raise UnsatisfiableError("no number lies within the bounds")
    return found[nth % len(found)]


def _multiples(schema: Schema, step: float) -> list[float]:
    """Return some multiples of a step within the bounds: up from the least, or from zero."""
    low, high = _bounds(schema)
    if math.isfinite(low):
        first, up = math.ceil(low / step), 1
    else:
        first, up = math.floor(min(0, high) / step), -1 if high < 0 else 1
    found = ((first + up * place) * step for place in range(_VARIANTS + 1))
    return [each for each in found if _is_within(each, schema)][:_VARIANTS]


def _bounds(schema: Schema) -> tuple[float, float]:
    low = max(schema.get(key, -math.inf) for key in ("minimum", "exclusiveMinimum"))
    high = min(schema.get(key, math.inf) for key in ("maximum", "exclusiveMaximum"))
    return low, high


def _is_within(number: float, schema: Schema) -> bool:
    low, high = _bounds(schema)
    open_ends = {schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")}
    return low <= number <= high and number not in open_ends


def _boolean(_schema: Schema, _context: _Context, _depth: int, nth: int) -> Json:
    return nth % 2 == 0


def _null(_schema: Schema, _context: _Context, _depth: int, _nth: int) -> Json:
    return None


_Maker: TypeAlias = Callable[[Schema, _Context, int, int], Json]
_MAKERS: Final[Mapping[str, _Maker]] = MappingProxyType(
    {
        "object": _object,
        "array": _array,
        "string": _string,
        "integer": _integer,
        "number": _number,
        "boolean": _boolean,
        "null": _null,
    }
)
