"""From what a caller writes to the canonical `Request`.

Place in the house: client. Pure: both clients build their requests here.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias, TypedDict, get_args

import msgspec

from outcrop.client.attaching import without_names
from outcrop.client.callables import tool_of
from outcrop.client.shaping import refuse_two_forms, shape_of
from outcrop.errors import BadRequestError, ConfigError
from outcrop.types.content import Block, SystemBlock, Text, ToolResult
from outcrop.types.json import encode_raw, raw_object
from outcrop.types.messages import Message
from outcrop.types.requests import (
    Guardrail,
    ReasoningOptions,
    Request,
    Sampling,
    TextFormat,
)
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

ToolInput: TypeAlias = ToolEntry | Callable[..., Any]
"""A tool, or a function that describes itself."""

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
    tools: Sequence[ToolInput]
    """What the model may call: tools, or functions, of which it is told name, signature and
    docstring. `Client.run_tools` calls them too."""
    tool_choice: str | ToolChoice
    """``"auto"``, ``"any"`` (or ``"required"``), ``"none"``, or the name of a tool."""
    parallel_tool_calls: bool
    """False: at most one call a turn."""
    reasoning: ReasoningOptions | Mapping[str, Any]
    """How long the model may think: ``{"effort": "high"}``, ``{"budget_tokens": 4096}`` ..."""
    text_format: TextFormat
    response_format: Any
    """A type: the answer shall be JSON of it. `Client.chat` reads it into `Response.parsed`."""
    repair: bool
    """False: an answer that is not of that type is not asked for once more."""
    effort: str
    """Converse's ``outputConfig.effort``; `reasoning` says it to models that look elsewhere."""
    guardrail: Guardrail
    additional_model_request_fields: Mapping[str, Any]
    additional_model_response_field_paths: Sequence[str]
    prompt_variables: Mapping[str, str]
    request_metadata: Mapping[str, str]
    latency: str
    service_tier: str
    dry_run: bool
    """True: send nothing; the response, and a stream's, is a `DryRun`."""
    neutral_names: bool
    """True: the model sees documents as ``document-1``, ``document-2`` and not by their names."""


class ChatOptions(AnswerOptions, total=False):
    """`AnswerOptions`, and who shall answer."""

    model: str
    """Model id, profile id or ARN; the client's own when left out."""


def user(*said: str | Block) -> Message:
    """Return a user's turn.

    Raises:
        BadRequestError: Something is neither text nor a block.
    """
    return Message(role="user", content=_blocks(said))


def assistant(*said: str | Block) -> Message:
    """Return a turn of the model.

    Raises:
        BadRequestError: Something is neither text nor a block.
    """
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
    given: dict[str, Any] = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    named = given.get("model") or model
    if not named:
        raise ConfigError("model is required", hint="set BEDROCK_MODEL")
    if "response_format" in given:
        refuse_two_forms(given)
        given["text_format"] = shape_of(given["response_format"]).form
    messages, hide_names = messages_of(conversation), given.get("neutral_names", False)
    return Request(
        model=named,
        messages=tuple(map(without_names, messages)) if hide_names else messages,
        system=_system(given.get("system", ())),
        sampling=_sampling(given),
        tools=_tools(given.get("tools", ())),
        tool_choice=choice_of(given.get("tool_choice")),
        reasoning=_reasoning(given.get("reasoning")),
        additional_model_request_fields=_fields(given),
        additional_model_response_field_paths=tuple(
            given.get("additional_model_response_field_paths", ())
        ),
        prompt_variables=_labels(given.get("prompt_variables")),
        request_metadata=_labels(given.get("request_metadata")),
        **{name: given[name] for name in _AS_THEY_STAND if name in given},
    )


def refuse_unknown(unknown: AbstractSet[str], known: AbstractSet[str], what: str) -> None:
    """Refuse names that mean nothing here.

    Raises:
        BadRequestError: There are some; the message lists what is known.
    """
    if unknown:
        raise BadRequestError(
            f"unknown {what}: {', '.join(sorted(unknown))}",
            hint=f"known are: {', '.join(sorted(known))}",
        )


_KNOWN: Final = frozenset(ChatOptions.__annotations__)
_AS_THEY_STAND: Final = (
    "parallel_tool_calls",
    "text_format",
    "effort",
    "guardrail",
    "latency",
    "service_tier",
)
_BLOCKS: Final[tuple[type, ...]] = get_args(Block)


def messages_of(conversation: Conversation) -> tuple[Message, ...]:
    """Return the turns of a conversation.

    Raises:
        BadRequestError: One of them is no turn.
    """
    if isinstance(conversation, str):
        return (user(conversation),)
    if isinstance(conversation, Message):
        return (conversation,)
    messages = tuple(conversation)
    for position, message in enumerate(messages):
        if not isinstance(message, Message):
            raise BadRequestError(
                f"messages[{position}] is a {type(message).__name__}, not a Message",
                hint="build turns with outcrop.user(...) and outcrop.assistant(...)",
            )
    return messages


def _blocks(said: Sequence[str | Block]) -> tuple[Block, ...]:
    return tuple(Text(text=part) if isinstance(part, str) else _block(part) for part in said)


def _block(part: Block) -> Block:
    if not isinstance(part, _BLOCKS):
        raise BadRequestError(
            f"a turn holds text and blocks, not a {type(part).__name__}",
            hint="the blocks stand in outcrop.types.content",
        )
    return part


def _tools(tools: Sequence[ToolInput]) -> tuple[ToolEntry, ...]:
    return tuple(_tool(tool, position) for position, tool in enumerate(tools))


def _tool(tool: ToolInput, position: int) -> ToolEntry:
    if isinstance(tool, ToolEntry):
        return tool
    if callable(tool):
        return tool_of(tool)
    raise BadRequestError(
        f"tools[{position}] is a {type(tool).__name__}, not a Tool",
        hint="give functions, or build tools with outcrop.types.tools.Tool",
    )


def _reasoning(said: ReasoningOptions | Mapping[str, Any] | None) -> ReasoningOptions | None:
    if said is None or isinstance(said, ReasoningOptions):
        return said
    known = frozenset(ReasoningOptions.__struct_fields__)
    refuse_unknown(said.keys() - known, known, "members of reasoning")
    try:
        return msgspec.convert(dict(said), ReasoningOptions)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"reasoning: {error}") from error


def _system(system: str | Sequence[SystemBlock]) -> tuple[SystemBlock, ...]:
    if isinstance(system, str):
        return (Text(text=system),) if system else ()
    return tuple(system)


def _sampling(given: Mapping[str, Any]) -> Sampling:
    stop = given.get("stop", ())
    stops = (stop,) if isinstance(stop, str) else stop
    return Sampling(
        stop_sequences=tuple(filter(None, stops)),
        **{name: given[name] for name in _SAMPLING if name in given},
    )


_SAMPLING: Final = ("max_tokens", "temperature", "top_p", "top_k", "seed")
_CHOICES: Final[Mapping[str, ToolChoice]] = {
    "auto": AutoChoice(),
    "any": AnyChoice(),
    "required": AnyChoice(),
    "none": NoChoice(),
}


def choice_of(choice: str | ToolChoice | None) -> ToolChoice | None:
    """Return the choice that a caller wrote as a word, or as the name of a tool."""
    if not isinstance(choice, str):
        return choice
    return _CHOICES.get(choice) or NamedChoice(name=choice)


def _fields(given: Mapping[str, Any]) -> msgspec.Raw | None:
    fields = given.get("additional_model_request_fields")
    if fields is None:
        return None
    return raw_object(bytes(encode_raw(fields)), "additional_model_request_fields")


def _labels(labels: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if labels is None else dict(labels)
