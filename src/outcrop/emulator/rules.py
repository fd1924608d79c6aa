"""What Bedrock refuses although every shape is right.

Place in the house: emulator. Pure. Works on the canonical request and on what the catalogue knows
of the model; no model is named here. The words are in `wordings`, each with its source.

    check_rules(request, streamed=True)

Rules are asked in order and the first that is broken is said, as AWS does. What AWS was seen to
accept is never refused: two user turns in a row (rec 98904caf94), blank text beside other text (rec
8c90466763), ``_`` in a document's name (rec 1d1e58b8a2). So nothing here asks for turns that
alternate, though AWS did in 2024.

Source: public threads and recordings as named in `wordings`; behaviour specification, EMU-03.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import msgspec

from outcrop.emulator import wordings
from outcrop.emulator.engines.echo import MODELS as OWN_MODELS
from outcrop.emulator.refusals import Refusal
from outcrop.errors import BadRequestError
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import lookup
from outcrop.models.families import purpose_of
from outcrop.models.ids import ModelId, parse_model_id
from outcrop.types.content import (
    Block,
    Document,
    Image,
    JsonValue,
    Text,
    ToolResult,
    ToolUse,
    Video,
)
from outcrop.types.json import is_object
from outcrop.types.messages import Message
from outcrop.types.requests import Request
from outcrop.types.tools import Tool


class _Case(msgspec.Struct, frozen=True):
    """A request, and what is known of its model."""

    request: Request
    card: ModelCard | None
    """None for our own models, and for ARNs that do not say what is behind them."""
    streamed: bool


def check_rules(request: Request, *, streamed: bool) -> None:
    """Check one request whose shape is right.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    _check(_Case(request, find_model(request.model), streamed))


def check_counted(request: Request) -> None:
    """Check one request whose tokens shall be counted.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    _check(_Case(request, counted_model(request.model), streamed=False))


def counted_model(model: str) -> ModelCard | None:
    """Return the card of a model that counts tokens under this id; None for our own models.

    Models are named by their bare ids here, even those that answer by their profiles alone.

    Raises:
        Refusal: No such model, or not by this id.
    """
    read = _read(model)
    if read.kind != "base":
        raise wordings.NOT_COUNTED.refusal()
    card = lookup(read.base)
    if card is None and model not in OWN_MODELS:
        raise wordings.INVALID_MODEL.refusal()
    if card is not None and purpose_of(card.id) != "text":
        raise wordings.NOT_COUNTED.refusal()
    return card


def _check(case: _Case) -> None:
    for rule in _RULES:
        refusal = next(rule(case), None)
        if refusal is not None:
            raise refusal


def find_model(model: str) -> ModelCard | None:
    """Return the card of a model that may converse by this id, as `reach_model`.

    Raises:
        Refusal: No such model, not by this id, or it does not converse.
    """
    card = reach_model(model)
    if card is not None and purpose_of(card.id) != "text":
        raise wordings.NOT_A_CHAT_MODEL.refusal()
    return card


def reach_model(model: str) -> ModelCard | None:
    """Return the card of a model that may be called by this id.

    None for the emulator's own models, and for ARNs of things an account made itself: what is
    behind them nobody can know.

    Raises:
        Refusal: No such model, or not by this id.
    """
    if model in OWN_MODELS:
        return None
    read = _read(model)
    if not read.base or read.kind == "custom-model":
        return None
    card = lookup(read.base)
    if card is None or "runtime" not in card.endpoints:
        raise wordings.INVALID_MODEL.refusal()
    _check_reach(card, read)
    return card


def _read(model: str) -> ModelId:
    try:
        read = parse_model_id(model)
    except BadRequestError:
        raise wordings.INVALID_MODEL.refusal() from None
    # Names that outcrop's client would replace first: AWS does not know them.
    if read.wire != model:
        raise wordings.INVALID_MODEL.refusal()
    return read


def _check_reach(card: ModelCard, read: ModelId) -> None:
    if read.geo and read.geo not in card.profiles:
        raise wordings.INVALID_MODEL.refusal()
    # Retired models answer nobody any more; one that AWS lists as needing a profile was answering
    # by its bare id while it lived (rec 71f8bed35e, stream b530f5a326).
    if card.needs_profile and not read.geo and card.lifecycle != "RETIRED":
        raise wordings.ON_DEMAND.refusal(model=read.wire)


_Rule: TypeAlias = Callable[[_Case], Iterator[Refusal]]


def _blocks(request: Request) -> Iterator[tuple[int, int, Block]]:
    for place, message in enumerate(request.messages):
        for part, block in enumerate(message.content):
            yield place, part, block


def _start(case: _Case) -> Iterator[Refusal]:
    # A prompt of the account's own brings its messages along.
    messages = case.request.messages
    if not messages and case.card is not None:
        yield wordings.STARTS_WITH_ASSISTANT.refusal()
    if messages and messages[0].role != "user":
        yield wordings.STARTS_WITH_ASSISTANT.refusal()


def _content(case: _Case) -> Iterator[Refusal]:
    for place, message in enumerate(case.request.messages):
        if not message.content:
            yield wordings.EMPTY_MESSAGE.refusal(message=place)
        yield from _blank(place, message)


def _blank(place: int, message: Message) -> Iterator[Refusal]:
    texts = [block.text.strip() for block in message.content if isinstance(block, Text)]
    alone = len(texts) == len(message.content) and not any(texts)
    for part, block in enumerate(message.content):
        if isinstance(block, Text) and (not block.text or (alone and not block.text.strip())):
            yield wordings.BLANK_TEXT.refusal(message=place, block=part)


def _tool_config(case: _Case) -> Iterator[Refusal]:
    if not case.request.tools and any(
        isinstance(block, ToolUse | ToolResult) for _, _, block in _blocks(case.request)
    ):
        yield wordings.TOOL_CONFIG_MISSING.refusal()


def _results(case: _Case) -> Iterator[Refusal]:
    asked: tuple[str, ...] = ()
    for place, message in enumerate(case.request.messages):
        answered = [block.id for block in message.content if isinstance(block, ToolResult)]
        if message.role == "user" and len(answered) > len(asked):
            yield wordings.TOO_MANY_RESULTS.refusal(message=place)
        missing = [call for call in asked if call not in answered]
        if missing:
            yield wordings.RESULTS_MISSING.refusal(message=place, ids=", ".join(missing))
        asked = _client_calls(message)


def _client_calls(message: Message) -> tuple[str, ...]:
    if message.role != "assistant":
        return ()
    # What the service ran is answered in the same message.
    here = {block.id for block in message.content if isinstance(block, ToolResult)}
    calls = (block for block in message.content if isinstance(block, ToolUse))
    return tuple(call.id for call in calls if not call.by_server and call.id not in here)


def _objects(case: _Case) -> Iterator[Refusal]:
    for place, part, block in _blocks(case.request):
        path = f"messages.{place}.content.{part}"
        if isinstance(block, ToolUse) and not is_object(block.arguments):
            yield wordings.NOT_AN_OBJECT.refusal(path=f"{path}.toolUse.input")
        if isinstance(block, ToolResult):
            yield from _result_objects(block, f"{path}.toolResult")
            if block.status == "error" and not block.content:
                yield wordings.EMPTY_ERROR_RESULT.refusal(message=place, block=part)


def _result_objects(result: ToolResult, path: str) -> Iterator[Refusal]:
    for number, part in enumerate(result.content):
        if isinstance(part, JsonValue) and not is_object(part.value):
            yield wordings.NOT_AN_OBJECT.refusal(path=f"{path}.content.{number}.json")


class _Schema(msgspec.Struct):
    type: object = None


def _schemas(case: _Case) -> Iterator[Refusal]:
    for number, tool in enumerate(case.request.tools):
        if not isinstance(tool, Tool):
            continue
        path = f"toolConfig.tools.{number}.toolSpec.inputSchema.json"
        if not is_object(tool.input_schema):
            yield wordings.NOT_AN_OBJECT.refusal(path=path)
        elif msgspec.json.decode(tool.input_schema, type=_Schema).type != "object":
            yield wordings.SCHEMA_TYPE.refusal(tool=number)


# AWS's words leave out "_", which it accepts, and call "whitespace" what is the space alone.
_DOCUMENT_NAME: Final = re.compile(r"(?: ?[A-Za-z0-9_\-()\[\]])+ ?")


def _documents(case: _Case) -> Iterator[Refusal]:
    for message in case.request.messages:
        documents = [block for block in message.content if isinstance(block, Document)]
        for document in (*documents, *_attached(message)):
            if not _DOCUMENT_NAME.fullmatch(document.name):
                yield wordings.DOCUMENT_NAME.refusal()
        if documents and not any(isinstance(block, Text) for block in message.content):
            yield wordings.DOCUMENT_ALONE.refusal()


def _attached(message: Message) -> Iterator[Document]:
    for block in message.content:
        if isinstance(block, ToolResult):
            yield from (part for part in block.content if isinstance(part, Document))


def _abilities(case: _Case) -> Iterator[Refusal]:
    card, request = case.card, case.request
    if card is None:
        return
    if request.tools and card.tools is False:
        yield wordings.NO_TOOLS.refusal()
    if request.tools and case.streamed and card.streams_tools is False:
        yield wordings.NO_STREAMED_TOOLS.refusal()
    if request.system and card.system is False:
        yield wordings.NO_SYSTEM.refusal()
    asked = request.sampling.max_tokens
    if asked is not None and card.max_output is not None and asked > card.max_output:
        yield wordings.TOO_MANY_TOKENS.refusal(limit=card.max_output)


_MEDIA: Final = ((Image, "image", "IMAGE"), (Video, "video", "VIDEO"))


def _modalities(case: _Case) -> Iterator[Refusal]:
    if case.card is None:
        return
    for _, _, block in _blocks(case.request):
        parts = block.content if isinstance(block, ToolResult) else (block,)
        for kind, name, modality in _MEDIA:
            if modality not in case.card.inputs and any(isinstance(part, kind) for part in parts):
                yield wordings.NO_MEDIA.refusal(kind=name)


_RULES: Final[tuple[_Rule, ...]] = (
    _start,
    _content,
    _tool_config,
    _results,
    _objects,
    _schemas,
    _documents,
    _abilities,
    _modalities,
)
