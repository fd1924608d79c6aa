"""CountTokens: a conversation in, its number of tokens out, as the engine that would answer counts.

Place in the house: emulator. Between the HTTP face and the engines.

Bare ids only: to profiles and ARNs AWS says that the model does not support counting (rec
84dd3d37b7). Only ``converse`` input is counted, since engines read conversations.

Source: behaviour specification, COUNT-01, MODEL-02; recordings of CountTokens.
"""

from typing import Final

import msgspec

from outcrop.codecs.converse.request import decode_request
from outcrop.emulator import wordings
from outcrop.emulator.conversing import read_object
from outcrop.emulator.rules import check_counted
from outcrop.emulator.shapes import check_shape
from outcrop.errors import BadRequestError
from outcrop.types.requests import Request


class _Input(msgspec.Struct, frozen=True):
    converse: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


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
    conversation = _body.decode(body).input.converse
    if isinstance(conversation, msgspec.UnsetType):
        raise wordings.NOT_COUNTED.refusal()
    try:
        request = decode_request(bytes(conversation), model)
    except BadRequestError as error:
        raise wordings.MALFORMED_BODY.refusal(reason=error.message) from error
    check_counted(request)
    return request


def encode_count(tokens: int) -> bytes:
    """Write the answer."""
    return msgspec.json.encode({"inputTokens": tokens})
