"""A whole answer of the Responses API, read and written.

Place in the house: OpenAI Responses codec. The client decodes; the gateway and the emulator
encode. The envelope (``id``, ``object``, ``created_at``, ``model``) is not part of the canonical
answer: it is given again when one is written.

Source: OpenAI API reference, "The response object"; recordings of bedrock-mantle; behaviour
specification, RESP-05, the stop table of section 7.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import API, lay_over, make_extra
from outcrop.codecs.openai_responses.items import (
    begins_item,
    decode_said,
    encode_call,
    encode_foreign,
    encode_output_text,
    encode_thought,
    item_members,
    read_item,
)
from outcrop.codecs.openai_responses.parts import Entry
from outcrop.codecs.openai_responses.request import encode_options
from outcrop.codecs.openai_responses.stops import (
    REFUSAL,
    decode_stop,
    encode_reason,
    encode_status,
)
from outcrop.codecs.openai_responses.usage import decode_usage, encode_usage
from outcrop.errors import ModelError, WireError
from outcrop.http import Headers
from outcrop.protocols.lossless import Reader, encode_plain
from outcrop.protocols.openaierrors import decode_fault
from outcrop.types.accumulate import STREAM_SUFFIX
from outcrop.types.content import (
    Block,
    CitedText,
    Foreign,
    Reasoning,
    RedactedReasoning,
    Text,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response, Stop

_NO_REASON: Final = wire.Incomplete()
# The tiers that OpenAI's clients know; another one is told in `outcrop`.
_TIERS: Final = frozenset({"auto", "default", "flex", "scale", "priority"})
_FAILED: Final = {"code": "server_error", "message": "the model's output was malformed"}


def decode_response(body: bytes, headers: Headers = ()) -> Response:  # noqa: ARG001 - as every dialect
    """Read the body of an answer.

    Raises:
        WireError: The body is malformed; the message names the path of the problem.
        ModelError: The answer reports that the model failed.
    """
    return convert_response(_RESPONSES.read(body, None))


def read_response(raw: msgspec.Raw) -> wire.Response:
    """Read the response object that stands in an event.

    Raises:
        WireError: It is malformed.
    """
    return _RESPONSES.read(bytes(raw), None)


def _as_read(body: wire.Response, _context: None) -> wire.Response:
    return body


_RESPONSES: Final = Reader(wire.Response, _as_read, WireError)


def convert_response(body: wire.Response) -> Response:
    """Say what a response object means.

    Raises:
        WireError: An item of it is malformed.
        ModelError: It reports that the model failed.
    """
    if body.status == "failed":
        fault = decode_fault(wire.given(body.error) or b"{}")
        raise ModelError(f"the model failed: {fault.message}", code=fault.code)
    content: list[Block] = []
    refused = False
    for position, raw in enumerate(body.output or ()):
        path = f"output[{position}]"
        item = read_item(raw, path, WireError)
        content.extend(decode_said(item, raw, path, WireError))
        refused = refused or is_refusal(item)
    return Response(
        content=tuple(content),
        stop=stop_of(body, calls=any(map(_is_call, content)), refused=refused),
        usage=decode_usage(body.usage),
        service_tier=body.service_tier,
        extra=surplus_of(body),
    )


def _is_call(block: Block) -> bool:
    return isinstance(block, ToolUse)


def is_refusal(item: wire.Item) -> bool:
    """Tell whether a message item says no in the part for it."""
    content = wire.given(item.content)
    return content is not None and b'"refusal"' in bytes(content) and _refuses(content)


def _refuses(content: msgspec.Raw) -> bool:
    try:
        return any(part.type == "refusal" for part in _kinds.decode(content))
    except msgspec.DecodeError:
        return False


class _Kind(msgspec.Struct):
    type: str = ""


_kinds: Final = msgspec.json.Decoder(list[_Kind])


def stop_of(body: wire.Response, *, calls: bool, refused: bool) -> Stop:
    """Say why the answer ended."""
    reason = (body.incomplete_details or _NO_REASON).reason
    return decode_stop(body.status, reason, calls=calls, refused=refused)


def surplus_of(body: wire.Response) -> Extra | None:
    """Keep what an answer repeats of the request, and what nobody names."""
    members = dict(body.surplus.members) if body.surplus is not None else {}
    for name in wire.ECHOED:
        raw = wire.given(getattr(body, name))
        if raw is not None:
            members[name] = raw
    return make_extra(members)


def encode_response(
    response: Response,
    *,
    model: str,
    response_id: str,
    created: int = 0,
    asked: Request | None = None,
) -> bytes:
    """Write the body of an answer.

    Args:
        response: The answer. Blocks that this API has no form for are left out, and told in
            ``outcrop.adjustments``; a tier that OpenAI does not have, in ``outcrop.service_tier``.
        model: Who answered, as the client named it.
        response_id: ``resp_...``.
        created: Seconds since 1970.
        asked: What was asked: an answer repeats it.

    Raises:
        BadRequestError: A text cannot be written as JSON.
    """
    output, left_out = encode_output(response, response_id)
    envelope = Envelope(model=model, response_id=response_id, created=created, asked=asked)
    body = envelope.write(response, output, left_out)
    return encode_plain(body)


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the items of an answer."""

    model: str
    response_id: str
    created: int
    asked: Request | None

    def start(self) -> Entry:
        """Write the response object before anything was said."""
        return self._echo() | {"status": "in_progress", "output": [], "usage": None}

    def write(
        self, response: Response, output: list[Entry], left_out: Iterable[Adjustment]
    ) -> Entry:
        """Write the response object of an answer."""
        stop = response.stop
        reason = encode_reason(stop)
        body = self._echo()
        body |= {
            "status": encode_status(stop),
            "incomplete_details": None if reason is None else {"reason": reason},
            "error": _FAILED if stop.kind == "error" else None,
            "output": output,
            "usage": encode_usage(response.usage),
        }
        tier = response.service_tier
        body |= {"service_tier": tier} if tier in _TIERS else {}
        told = [{"rule": each.rule, "detail": each.detail} for each in left_out]
        facts: Entry = {"adjustments": told} if told else {}
        facts |= {"service_tier": tier} if tier not in {*_TIERS, None} else {}
        body |= {"outcrop": facts} if facts else {}
        return lay_over(body, response.extra)

    def _echo(self) -> Entry:
        asked = self.asked
        instructions = asked.system[0] if asked is not None and asked.system else None
        body: Entry = {
            "id": self.response_id,
            "object": "response",
            "created_at": self.created,
            "model": self.model,
            "error": None,
            "incomplete_details": None,
            "instructions": instructions.text if isinstance(instructions, Text) else None,
            "metadata": {},
            "parallel_tool_calls": True,
            "temperature": None,
            "tool_choice": "auto",
            "tools": [],
            "top_p": None,
        }
        return body if asked is None else body | dict(encode_options(asked))


def encode_output(response: Response, response_id: str) -> tuple[list[Entry], list[Adjustment]]:
    """Write the items of an answer; say what is not among them."""
    native = response.call.api == API
    refusing = response.stop.raw == REFUSAL
    items: list[Entry] = []
    left_out: list[Adjustment] = []
    texts = [block for block in response.content if isinstance(block, Text | CitedText)]
    for block in response.content:
        if isinstance(block, Text | CitedText):
            is_last = refusing and block is texts[-1]
            _add_text(items, block, response_id, refusing=is_last)
            continue
        entry = encode_item(block, native=native)
        if entry is None:
            left_out.append(left_out_of(block))
        else:
            items.append(with_id(entry, response_id, len(items)))
    return items, left_out


def _add_text(
    items: list[Entry], block: Text | CitedText, response_id: str, *, refusing: bool
) -> None:
    """Add a text to the message under way, or to one of its own."""
    if begins_item(block) or not items or items[-1]["type"] != "message":
        message = new_message(response_id, len(items))
        items.append(lay_over(message, item_members(block)))
    if block.text or not begins_item(block):
        part = encode_output_text(block)
        items[-1]["content"].append({"type": REFUSAL, REFUSAL: block.text} if refusing else part)


def new_message(response_id: str, place: int) -> Entry:
    """Begin a message item."""
    message: Entry = {"type": "message", "role": "assistant", "status": "completed", "content": []}
    return with_id(message, response_id, place)


_PREFIXES: Final = {"message": "msg", "function_call": "fc", "reasoning": "rs"}


def with_id(entry: Entry, response_id: str, place: int) -> Entry:
    """Give an item an id, unless it has one, and its status."""
    prefix = _PREFIXES.get(str(entry.get("type")))
    if prefix is None:
        return entry
    entry.setdefault("id", f"{prefix}_{response_id.removeprefix('resp_')}_{place}")
    if prefix == "fc":
        entry.setdefault("status", "completed")
    return entry


def encode_item(block: Block, *, native: bool) -> Entry | None:
    """Write a block as an item of its own; None where this API has no form for it."""
    if isinstance(block, ToolUse):
        return None if block.by_server else encode_call(block)
    if isinstance(block, Reasoning | RedactedReasoning):
        return encode_thought(block, native=native)
    return encode_foreign(block) if isinstance(block, Foreign) else None


def is_sayable(block: Any) -> bool:
    """Tell whether a block of a stream has a place among the items."""
    if isinstance(block, Foreign):
        return block.api == API + STREAM_SUFFIX
    if isinstance(block, ToolUse):
        return not block.by_server
    return isinstance(block, Text | CitedText | Reasoning | RedactedReasoning)


def left_out_of(block: Any) -> Adjustment:
    """Say that a block is not part of the answer."""
    kind = type(block).__name__
    what = f"a block of {block.api}" if isinstance(block, Foreign) else f"a {kind} block"
    return Adjustment(rule="foreign_block", detail=f"{what} that the Responses API has no form for")
