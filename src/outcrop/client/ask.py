"""From what a caller writes to the canonical `Request`.

Place in the house: client. Pure: both clients build their requests here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias, TypedDict

import msgspec

from outcrop.errors import BadRequestError, ConfigError
from outcrop.types.content import Block, SystemBlock, Text, ToolResult
from outcrop.types.json import encode_raw, raw_object
from outcrop.types.messages import Message
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    ToolChoice,
    ToolEntry,
)

Said: TypeAlias = str | Block | Sequence[str | Block]
"""What one turn holds: text, one block, or several."""

Conversation: TypeAlias = str | Message | Sequence[Message]
"""A question, or the whole conversation so far."""


class AnswerOptions(TypedDict, total=False):
    """How a conversation shall be answered. What is left out is the model's own default."""

    system: str | Sequence[SystemBlock]
    max_tokens: int
    temperature: float
    top_p: float
    top_k: int
    seed: int
    stop: str | Sequence[str]
    tools: Sequence[ToolEntry]
    tool_choice: str | ToolChoice
    """``"auto"``, ``"any"`` (or ``"required"``), ``"none"``, or the name of a tool."""
    text_format: TextFormat
    effort: str
    guardrail: Guardrail
    additional_model_request_fields: Mapping[str, Any]
    additional_model_response_field_paths: Sequence[str]
    prompt_variables: Mapping[str, str]
    request_metadata: Mapping[str, str]
    latency: str
    service_tier: str


class ChatOptions(AnswerOptions, total=False):
    """`AnswerOptions`, and who shall answer."""

    model: str
    """Model id, profile id or ARN; the client's own when left out."""


def user(*said: str | Block) -> Message:
    """Return a user's turn."""
    return Message(role="user", content=_blocks(said))


def assistant(*said: str | Block) -> Message:
    """Return a turn of the model."""
    return Message(role="assistant", content=_blocks(said))


def tool_result(call_id: str, *said: str | Block, failed: bool = False) -> Message:
    """Return the turn that answers one tool call with text.

    Raises:
        BadRequestError: Something other than text was given.
    """
    parts = _blocks(said)
    texts = tuple(part for part in parts if isinstance(part, Text))
    if len(texts) != len(parts):
        raise BadRequestError("tool_result takes text; build a ToolResult for anything else")
    result = ToolResult(id=call_id, content=texts, status="error" if failed else None)
    return Message(role="user", content=(result,))


def build_request(conversation: Conversation, model: str | None, options: ChatOptions) -> Request:
    """Return the canonical request for what a caller wrote.

    Raises:
        ConfigError: No model was named anywhere.
        BadRequestError: An option or a turn has the wrong form.
    """
    unknown = options.keys() - _KNOWN
    if unknown:
        raise BadRequestError(
            f"unknown options: {', '.join(sorted(unknown))}",
            hint=f"known are: {', '.join(sorted(_KNOWN))}",
        )
    named = options.get("model") or model
    if not named:
        raise ConfigError("model is required", hint="set BEDROCK_MODEL")
    return Request(
        model=named,
        messages=_messages(conversation),
        system=_system(options.get("system", ())),
        sampling=_sampling(options),
        tools=tuple(options.get("tools", ())),
        tool_choice=_choice(options.get("tool_choice")),
        text_format=options.get("text_format"),
        effort=options.get("effort"),
        guardrail=options.get("guardrail"),
        additional_model_request_fields=_fields(options),
        additional_model_response_field_paths=tuple(
            options.get("additional_model_response_field_paths", ())
        ),
        prompt_variables=_labels(options.get("prompt_variables")),
        request_metadata=_labels(options.get("request_metadata")),
        latency=options.get("latency"),
        service_tier=options.get("service_tier"),
    )


_KNOWN: Final = frozenset(ChatOptions.__annotations__)


def _messages(conversation: Conversation) -> tuple[Message, ...]:
    if isinstance(conversation, str):
        return (user(conversation),)
    if isinstance(conversation, Message):
        return (conversation,)
    for position, message in enumerate(conversation):
        if not isinstance(message, Message):
            raise BadRequestError(
                f"messages[{position}] is a {type(message).__name__}, not a Message",
                hint="build turns with outcrop.user(...) and outcrop.assistant(...)",
            )
    return tuple(conversation)


def _blocks(said: Sequence[str | Block]) -> tuple[Block, ...]:
    return tuple(Text(text=part) if isinstance(part, str) else part for part in said)


def _system(system: str | Sequence[SystemBlock]) -> tuple[SystemBlock, ...]:
    if isinstance(system, str):
        return (Text(text=system),) if system else ()
    return tuple(system)


def _sampling(options: ChatOptions) -> Sampling:
    stop = options.get("stop", ())
    return Sampling(
        max_tokens=options.get("max_tokens"),
        temperature=options.get("temperature"),
        top_p=options.get("top_p"),
        top_k=options.get("top_k"),
        seed=options.get("seed"),
        stop_sequences=(stop,) if isinstance(stop, str) else tuple(stop),
    )


_CHOICES: Final[Mapping[str, ToolChoice]] = {
    "auto": AutoChoice(),
    "any": AnyChoice(),
    "required": AnyChoice(),
    "none": NoChoice(),
}


def _choice(choice: str | ToolChoice | None) -> ToolChoice | None:
    if not isinstance(choice, str):
        return choice
    return _CHOICES.get(choice) or NamedChoice(name=choice)


def _fields(options: ChatOptions) -> msgspec.Raw | None:
    fields = options.get("additional_model_request_fields")
    if fields is None:
        return None
    return raw_object(encode_raw(fields), "additional_model_request_fields")


def _labels(labels: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if labels is None else dict(labels)
