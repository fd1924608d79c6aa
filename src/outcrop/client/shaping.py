"""Answers as values of a Python type: asked for, read, checked, and once asked for again.

Place in the house: client. Pure: `shaped` is a generator that yields what to ask and is sent the
answers; the two functions at the end drive it, one blocking, one awaiting. How a model is told of
the form is known to `flow.structured`.

Source: behaviour specification, STRUCT-01, STRUCT-02, STRUCT-04.
"""

import re
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.client.schemas import decode_as, schema_of
from outcrop.errors import BadRequestError, StructuredOutputError
from outcrop.types.content import Text
from outcrop.types.messages import Message
from outcrop.types.requests import Request, TextFormat
from outcrop.types.responses import Adjustment, Response
from outcrop.types.usage import sum_of

_VALUE: Final = "value"
_NAME: Final = re.compile(r"[^a-zA-Z0-9_-]+")
_FENCED: Final = re.compile(r"^\s*```(?:json)?\s*\n(?P<body>.*)\n```\s*$", re.DOTALL)

Asking: TypeAlias = Generator[Request, Response, Response]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A type, and how a model is told of it."""

    kind: Any
    form: TextFormat
    wrapped: bool = False
    """Whether the value stands inside an object: models answer with objects only."""

    def read(self, text: str) -> Any:
        """Return the value that an answer is.

        Raises:
            ValueError: It is none; the message says where.
        """
        fenced = _FENCED.match(text)
        body = fenced["body"] if fenced else text
        if not self.wrapped:
            return decode_as(self.kind, body)
        members = decode_as(dict[str, msgspec.Raw], body)
        if _VALUE not in members:
            raise ValueError(f"Object missing required field `{_VALUE}`")
        return decode_as(self.kind, bytes(members[_VALUE]))


def shape_of(kind: Any) -> Shape:
    """Return how a model is told of a type.

    Args:
        kind: Any type that JSON has a form for; ``dict`` for any object.

    Raises:
        BadRequestError: JSON has no form for it.
    """
    schema = schema_of(kind, "response_format")
    if schema == {"type": "object"}:
        return Shape(kind=kind, form=TextFormat(type="json_object"))
    name = _NAME.sub("_", getattr(kind, "__name__", "answer"))
    wrapped = schema.get("type") != "object"
    if wrapped:
        definitions = {"$defs": schema.pop("$defs")} if "$defs" in schema else {}
        members = {"type": "object", "properties": {_VALUE: schema}, "required": [_VALUE]}
        schema = {**members, **definitions}
    form = TextFormat(
        schema=msgspec.json.encode(schema).decode(),
        name=name,
        description=schema.get("description"),
    )
    return Shape(kind=kind, form=form, wrapped=wrapped)


def shaped(request: Request, kind: Any, *, repair: bool) -> Asking:
    """Ask for a value of a type.

    Args:
        request: Which asks for that form.
        kind: The type.
        repair: Whether an answer that does not fit is told so, and asked for once more.

    Raises:
        StructuredOutputError: There is no answer of that form.
    """
    shape = shape_of(kind)
    first = yield request
    if first.tool_calls:
        return first
    try:
        return msgspec.structs.replace(first, parsed=shape.read(first.text))
    except ValueError as fault:
        if not repair or first.finish_reason != "stop":
            raise _failure(first, fault) from fault
        again = _asked_again(request, first, fault)
    second = yield again
    whole = _joined(first, second)
    try:
        return msgspec.structs.replace(whole, parsed=shape.read(second.text))
    except ValueError as fault:
        raise _failure(whole, fault) from fault


def _asked_again(request: Request, answer: Response, fault: ValueError) -> Request:
    nothing = Message(role="assistant", content=(Text(text="(nothing)"),))
    told = f"This answer does not fit: {fault}. Give it again, whole and corrected."
    more = (
        answer.message if answer.text.strip() else nothing,
        Message(role="user", content=(Text(text=told),)),
    )
    return msgspec.structs.replace(request, messages=request.messages + more)


def _joined(first: Response, second: Response) -> Response:
    usages = [each.usage for each in (first, second) if each.usage is not None]
    change = Adjustment(rule="answer_repaired", detail="the first answer did not fit its type")
    changes = dict.fromkeys((*first.adjustments, *second.adjustments, change))
    return msgspec.structs.replace(
        second,
        usage=sum_of(usages) if usages else None,
        call=msgspec.structs.replace(second.call, adjustments=tuple(changes)),
    )


_REASONS: Final = {
    "length": "it was cut off: raise max_tokens",
    "content_filter": "a filter stepped in",
}


def _failure(answer: Response, fault: ValueError) -> StructuredOutputError:
    error = StructuredOutputError(
        f"The answer is not of the form that was asked for: {fault}",
        hint=_REASONS.get(answer.finish_reason, "see raw_text"),
        raw_text=answer.text,
    )
    error.partial = answer
    error.model, error.region = answer.resolved_model, answer.region
    error.request_id = answer.request_id
    return error


def refuse_two_forms(given: Any) -> None:
    """Refuse a request that asks for two forms at once.

    Raises:
        BadRequestError: It does.
    """
    if "response_format" in given and "text_format" in given:
        raise BadRequestError("response_format and text_format contradict", hint="give one")


def run_asking(asking: Asking, ask: Callable[[Request], Response]) -> Response:
    """Drive it, blocking."""
    request = next(asking)
    while True:
        try:
            request = asking.send(ask(request))
        except StopIteration as stop:
            answer: Response = stop.value
            return answer


async def run_asking_async(
    asking: Asking, ask: Callable[[Request], Awaitable[Response]]
) -> Response:
    """Drive it, awaiting."""
    request = next(asking)
    while True:
        answer = await ask(request)
        try:
            request = asking.send(answer)
        except StopIteration as stop:
            last: Response = stop.value
            return last
