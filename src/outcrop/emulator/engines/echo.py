"""An engine that answers from the request alone: the same request, the same answer, always.

Place in the house: emulator, engines. No model, no state, no clock; for tests that assert.

What it says:

* the last user text; without one, what the user sent: ``[image png, 1234 bytes]``;
* after tool results: what the tools returned, so that agent loops end;
* calls with schema-true arguments where the tool choice demands one, or the user's text names a
  tool; several named, several calls;
* JSON that fits the schema where the request asks for structured output;
* reasoning in front, signed, where the request turns thinking on: ``thinking`` or
  ``reasoningConfig`` of type ``enabled`` or ``adaptive`` in the additional request fields.

``maxTokens`` and stop sequences are honoured, ``/stop_sequence`` among the additional response
fields is answered; tokens are counted by the rule of `tokens`. Four model ids have one behaviour
each, whatever the request says:

* ``emu.echo`` as above;
* ``emu.tools`` calls every tool it is given, once for each user text;
* ``emu.json`` answers in JSON, with a schema or without;
* ``emu.think`` always thinks, and refuses reasoning whose signature it did not make.

Source: behaviour specification, EMU-04, CONV-06.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.engines import reading
from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.emulator.engines.limits import limit
from outcrop.emulator.engines.patterns import UnsatisfiableError
from outcrop.emulator.engines.playback import play
from outcrop.emulator.engines.samples import Json, sample
from outcrop.emulator.engines.tokens import count_content, count_request, count_tokens
from outcrop.types.content import Block, Reasoning, Text, ToolUse
from outcrop.types.events import Event
from outcrop.types.requests import Request
from outcrop.types.responses import Response, Stop
from outcrop.types.tools import AnyChoice, NamedChoice, NoChoice, Tool
from outcrop.types.usage import Usage

ECHO: Final = "emu.echo"
TOOLS: Final = "emu.tools"
JSON: Final = "emu.json"
THINK: Final = "emu.think"
MODELS: Final = (ECHO, TOOLS, JSON, THINK)
"""The model ids that are this engine's own."""

_SEAL_KEY: Final = b"outcrop echo reasoning"
_SCHEMA: Final = msgspec.json.Decoder()


class EchoEngine:
    """Answers at once, from the request alone."""

    name = "echo"
    description = "no model: answers are made from the request alone"

    async def answer(self, request: Request) -> AsyncGenerator[Event, None]:
        """Answer one request.

        Raises:
            EngineRefusal: A schema that no value was found for, or forged reasoning.
        """
        for event in play(compose(request)):
            yield event

    async def count_tokens(self, request: Request) -> int:
        """Count by the rule of `tokens`."""
        return count_request(request)

    async def close(self) -> None:
        """Free nothing: nothing is held."""


def compose(request: Request) -> Response:
    """Return the whole answer to a request.

    Raises:
        EngineRefusal: As `EchoEngine.answer`.
    """
    _check_seals(request)
    calls = _calls(request)
    said: tuple[Block, ...] = calls or (Text(text=_text(request)),)
    stop = Stop(kind="tool_calls", raw="tool_use") if calls else Stop(kind="stop", raw="end_turn")
    answer = limit(Response(content=(*_thoughts(request), *said), stop=stop), request.sampling)
    return msgspec.structs.replace(
        answer,
        usage=_usage(request, answer),
        additional_response_fields=_fields(request, answer.stop),
    )


def _usage(request: Request, answer: Response) -> Usage:
    asked = count_request(request)
    said = count_content(answer.content)
    return Usage(input_tokens=asked, output_tokens=said, total_tokens=asked + said)


def _fields(request: Request, stop: Stop) -> msgspec.Raw | None:
    if "/stop_sequence" not in request.additional_model_response_field_paths:
        return None
    return msgspec.Raw(msgspec.json.encode({"stop_sequence": stop.sequence}))


def _text(request: Request) -> str:
    if request.text_format is not None and request.text_format.schema:
        return _json_text(request.text_format.schema)
    results = reading.last_results(request)
    text = "\n".join(
        f"{reading.called_name(request, each)}: {reading.text_of(each)}" for each in results
    )
    text = text or reading.last_user_text(request) or _attached(request)
    wants_json = request.model == JSON or request.text_format is not None
    return msgspec.json.encode({"echo": text}).decode() if wants_json else text


def _attached(request: Request) -> str:
    message = reading.last_user_message(request)
    return reading.describe_content(message) if message is not None else ""


def _json_text(schema: str) -> str:
    value = _sample(schema.encode(), "the output format")
    return msgspec.json.encode(value).decode()


def _sample(schema: bytes, what: str) -> Json:
    try:
        return sample(_SCHEMA.decode(schema))
    except (msgspec.DecodeError, UnsatisfiableError) as error:
        text = f"echo can make no value for the schema of {what}: {error}"
        raise EngineRefusal(400, "ValidationException", text) from error


def _calls(request: Request) -> tuple[ToolUse, ...]:
    if reading.last_results(request):
        return ()
    chosen = _chosen(request, reading.tools_of(request))
    if request.parallel_tool_calls is False:
        chosen = chosen[:1]
    return tuple(_call(request, tool, place) for place, tool in enumerate(chosen))


def _chosen(request: Request, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    match request.tool_choice:
        case NoChoice():
            return ()
        case NamedChoice(name=name):
            return tuple(tool for tool in tools if tool.name == name)
        case _ if request.model == TOOLS:
            return tools
        case AnyChoice():
            return _named(request, tools) or tools[:1]
        case _:
            return _named(request, tools)


def _named(request: Request, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
    text = reading.last_user_text(request)
    return tuple(tool for tool in tools if _names(text, tool.name))


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None


def _call(request: Request, tool: Tool, place: int) -> ToolUse:
    arguments = _sample(bytes(tool.input_schema), f"tool {tool.name}")
    # Different in every turn of a conversation, as Bedrock's are.
    seed = f"{len(request.messages)}/{place}/{tool.name}/{reading.last_user_text(request)}"
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()
    return ToolUse(
        id=f"tooluse_{base64.urlsafe_b64encode(digest)[:22].decode()}",
        name=tool.name,
        arguments=msgspec.Raw(msgspec.json.encode(arguments)),
    )


class _Thinking(msgspec.Struct, frozen=True):
    type: str = ""


class _Switches(msgspec.Struct, frozen=True, rename="camel"):
    thinking: _Thinking = _Thinking()
    reasoning_config: _Thinking = _Thinking()


def _thinks(request: Request) -> bool:
    kinds = {request.reasoning.type if request.reasoning is not None else ""}
    if request.additional_model_request_fields is not None:
        kinds |= _switched(request.additional_model_request_fields)
    return request.model == THINK or bool(kinds & {"enabled", "adaptive"})


def _switched(fields: msgspec.Raw) -> set[str]:
    try:
        switches = msgspec.json.decode(fields, type=_Switches)
    except msgspec.ValidationError:
        return set()
    return {switches.thinking.type, switches.reasoning_config.type}


def _thoughts(request: Request) -> tuple[Reasoning, ...]:
    if not _thinks(request):
        return ()
    size = count_tokens(reading.last_user_text(request))
    text = f"Turn {reading.turns(request)} of the user has {size} tokens. I will answer it."
    return (Reasoning(text=text, signature=seal(request.model, text)),)


def seal(model: str, text: str) -> str:
    """Return the signature of what a model thought; anybody may compute it to verify one."""
    message = f"{model}\0{text}".encode("utf-8", "surrogatepass")
    return base64.b64encode(hmac.digest(_SEAL_KEY, message, "sha256")).decode()


def _check_seals(request: Request) -> None:
    if request.model != THINK:
        return
    for place, message in enumerate(request.messages):
        for part, block in enumerate(message.content):
            if isinstance(block, Reasoning):
                _check_seal(block, request.model, f"messages.{place}.content.{part}")


def _check_seal(block: Reasoning, model: str, where: str) -> None:
    if block.signature is None:
        raise wordings.SIGNATURE_MISSING.refusal(where=where)
    if not hmac.compare_digest(block.signature.encode(), seal(model, block.text).encode()):
        raise wordings.SIGNATURE_INVALID.refusal(where=where)
