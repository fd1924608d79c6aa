"""CountTokens: a conversation in, its number of tokens out, as the engine that would answer counts.

Place in the house: emulator. Between the HTTP face and the engines.

Bare ids only: to profiles and ARNs AWS says that the model does not support counting (rec
84dd3d37b7). A native body is read as InvokeModel reads it.

Source: behaviour specification, COUNT-01, MODEL-02; recordings of CountTokens.
"""

from typing import Final

import msgspec

from outcrop.codecs.converse.request import decode_request
from outcrop.emulator import wordings
from outcrop.emulator.conversing import read_object
from outcrop.emulator.native_bodies import decode_native, dialect_of
from outcrop.emulator.rules import check_counted, counted_model
from outcrop.emulator.shapes import check_shape
from outcrop.errors import BadRequestError
from outcrop.types.requests import Request


class _Native(msgspec.Struct, frozen=True):
    body: bytes


class _Input(msgspec.Struct, frozen=True, rename="camel"):
    converse: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    invoke_model: _Native | None = None


class _Body(msgspec.Struct, frozen=True):
    input: _Input


_body: Final = msgspec.json.Decoder(_Body)


def read_count(model: str, body: bytes) -> Request:
    """Read and check what shall be counted.

    Args:
        model: Id from the path, percent-decoded.
        body: As it came.

    Raises:
        Refusal: Bedrock would refuse it.
    """
    check_shape("CountTokens", {**read_object(body), "modelId": model})
    try:
        asked = _body.decode(body).input
    except msgspec.ValidationError as error:
        raise wordings.SERIALIZATION.refusal(text=error) from error
    if asked.invoke_model is not None:
        return _read_native(model, asked.invoke_model.body)
    assert not isinstance(asked.converse, msgspec.UnsetType), "one of the two is there"
    return _read_converse(model, bytes(asked.converse))


def _read_native(model: str, body: bytes) -> Request:
    card = counted_model(model)
    dialect = dialect_of(model)
    if dialect is None:
        raise wordings.NOT_COUNTED.refusal()
    return decode_native(dialect, model, body, card)


def _read_converse(model: str, conversation: bytes) -> Request:
    try:
        request = decode_request(conversation, model)
    except BadRequestError as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error.message) from error
    check_counted(request)
    return request


def encode_count(tokens: int) -> bytes:
    """Write the answer."""
    return msgspec.json.encode({"inputTokens": tokens})
