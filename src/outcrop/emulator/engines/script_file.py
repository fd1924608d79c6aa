"""The file of the script engine: what may stand in it, and reading it.

Place in the house: emulator, engines. Text in, `Rule` values out, or a complaint with its line. The
format is told in docs/emulator.md; what Bedrock says is written in Converse's own words.

Source: behaviour specification, EMU-05.
"""

import re
from typing import Annotated, Any, Final

import msgspec
import yaml

from outcrop.codecs.converse.response import decode_response
from outcrop.emulator.engines.playback import play
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.shapes import check_shape
from outcrop.errors import ConfigError, OutcropError
from outcrop.types.accumulate import Accumulator
from outcrop.types.responses import Response

_Seconds = Annotated[float, msgspec.Meta(ge=0)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_AtLeastOnce = Annotated[int, msgspec.Meta(ge=1)]


class Match(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests a rule is for: all that is said here must hold."""

    model: str | None = None
    """Shell pattern of the model id as it was asked for."""
    text: str | None = None
    """Regular expression that the last user text must hold."""
    turn: _AtLeastOnce | None = None
    """Which turn of the user it is, from 1."""
    tool_result: bool | None = None
    """Whether the last message brings tool results."""


class Delays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How slow the answer is, seconds."""

    first_byte_s: _Seconds = 0.0
    """Before anything at all, an error included."""
    chunk_s: _Seconds = 0.0
    """Before every event but the first."""


class Failure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An error in place of an answer."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    name: str
    """AWS's exception name."""
    message: str
    retry_after_s: _Seconds | None = None


class Break(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exception in the middle of a stream."""

    name: str
    """AWS's exception name, e.g. ``ModelStreamErrorException``."""
    message: str
    original_status: int | None = None
    original_message: str | None = None


class Spoil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong after some events: exactly one thing."""

    after: _Count
    """How many events come through first."""
    exception: Break | None = None
    cut: bool = False
    """The connection closes in the middle of the next frame."""
    crc: bool = False
    """The next frame has a wrong checksum."""


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """An answer, in Converse's words."""

    content: list[dict[str, Any]]
    stop_reason: str | None = None
    """Without it: ``tool_use`` where the content calls a tool, else ``end_turn``."""
    usage: dict[str, Any] | None = None
    """Without it: counted by the rule of `tokens`."""
    additional_model_response_fields: dict[str, Any] | None = None
    trace: dict[str, Any] | None = None
    metadata: bool = True
    """False leaves the metadata event out; an unstreamed answer then has no usage."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule as it stands in the file."""

    name: str = ""
    match: Match = Match()
    times: _AtLeastOnce | None = None
    """How often it is used before it is passed over; None for always."""
    delays: Delays = Delays()
    reply: Reply | None = None
    error: Failure | None = None
    fault: Spoil | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: Annotated[list[Rule], msgspec.Meta(min_length=1)]


class Line(msgspec.Struct, frozen=True):
    """A rule, ready to answer with."""

    rule: Rule
    text: re.Pattern[str] | None
    response: Response | None
    """None where the rule is an error."""


def read_script(text: str, file: str) -> tuple[Line, ...]:
    """Read a file of rules, YAML or JSON.

    Args:
        text: What is in it.
        file: What it is called, for complaints.

    Raises:
        ConfigError: Something in it is not allowed; the message names file and line.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not readable as YAML or JSON: {error}") from error
    try:
        rules = msgspec.convert(data, _File).rules
    except msgspec.ValidationError as error:
        raise _complaint(file, root, str(error)) from error
    return tuple(_ready(rule, f"$.rules[{n}]", file, root) for n, rule in enumerate(rules))


def _ready(rule: Rule, path: str, file: str, root: yaml.Node | None) -> Line:
    try:
        return _line(rule)
    except (OutcropError, Refusal) as error:
        raise _complaint(file, root, f"{error.message} - at `{path}`") from error


def _line(rule: Rule) -> Line:
    if (rule.reply is None) == (rule.error is None):
        raise ConfigError("A rule has either a reply or an error")
    response = _response(rule.reply) if rule.reply is not None else None
    if rule.fault is not None:
        _check_fault(rule.fault, rule.reply, response)
    return Line(rule, _expression(rule.match.text), response)


def _expression(text: str | None) -> re.Pattern[str] | None:
    try:
        return None if text is None else re.compile(text)
    except re.error as error:
        raise ConfigError(f"match.text is not a regular expression: {error}") from error


def _check_fault(fault: Spoil, reply: Reply | None, response: Response | None) -> None:
    if (fault.exception is not None) + fault.cut + fault.crc != 1:
        raise ConfigError("A fault is one of exception, cut and crc")
    if response is None or reply is None:
        raise ConfigError("A fault needs a reply to spoil")
    events = sum(1 for _ in play(response)) - (not reply.metadata)
    if fault.after >= events:
        raise ConfigError(f"The reply has {events} events: fault.after must be less")


def _response(reply: Reply) -> Response:
    # The words of a request's message are those of an answer's, and are checked by the same model.
    message = {"role": "assistant", "content": reply.content}
    check_shape("Converse", {"modelId": "a.b", "messages": [message]})
    wire = {
        "output": {"message": message},
        "stopReason": reply.stop_reason or _stop_reason(reply.content),
        "usage": reply.usage,
        "additionalModelResponseFields": reply.additional_model_response_fields,
        "trace": reply.trace,
    }
    present = {name: value for name, value in wire.items() if value is not None}
    response = decode_response(msgspec.json.encode(present))
    if _streamed(response) != response:
        raise ConfigError("No stream can carry the reply as it stands")
    return response


def _stop_reason(content: list[dict[str, Any]]) -> str:
    calls = [block["toolUse"] for block in content if "toolUse" in block]
    ours = any(call.get("type") != "server_tool_use" for call in calls)
    return "tool_use" if ours else "end_turn"


def _streamed(response: Response) -> Response:
    fold = Accumulator()
    for event in play(response):
        fold.add(event)
    return fold.response()


_PATH: Final = re.compile(r"^(.*) - at `\$(.*)`$", re.DOTALL)
_STEP: Final = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN: Final = re.compile(r"unknown field `(.*)`")


def _complaint(file: str, root: yaml.Node | None, text: str) -> ConfigError:
    match = _PATH.match(text)
    reason, path = (match[1], match[2]) if match else (text, "")
    unknown = _UNKNOWN.search(reason)
    steps: list[str] = [name or number for name, number in _STEP.findall(path)]
    line = _line_of(root, [*steps, unknown[1]] if unknown else steps)
    where = path.removeprefix(".") or "the file"
    return ConfigError(f"{file}:{line}: {reason}, in {where}")


def _line_of(node: yaml.Node | None, steps: list[str]) -> int:
    line = node.start_mark.line if node is not None else 0
    for step in steps:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line + 1


def _child(node: yaml.Node | None, step: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        pairs = ((key, value) for key, value in node.value if key.value == step)
        return next(((key.start_mark.line, value) for key, value in pairs), None)
    if isinstance(node, yaml.SequenceNode) and step.isdigit():
        item = node.value[int(step)]
        return item.start_mark.line, item
    return None
