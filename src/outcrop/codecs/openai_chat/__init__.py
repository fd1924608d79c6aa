"""The OpenAI Chat Completions dialect, as a server speaks it.

Place in the house: codecs. Reads the requests of OpenAI clients into the canonical conversation,
and writes answers, streams, errors and lists of models for them.

    asked = decode_request(body)
    body = encode_response(responses, response_id=..., created=..., model=asked.request.model)

    encoder = StreamEncoder(response_id=..., created=..., model=..., include_usage=...)
    for event in events:
        send(encoder.encode(event))
    send(encoder.end())
"""

from outcrop.codecs.openai_chat.errors import encode_error
from outcrop.codecs.openai_chat.models import ModelEntry, encode_model, encode_models
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.request import ChatRequest, decode_request
from outcrop.codecs.openai_chat.response import encode_response
from outcrop.codecs.openai_chat.stream import StreamEncoder

__all__ = [
    "API",
    "ChatRequest",
    "ModelEntry",
    "StreamEncoder",
    "decode_request",
    "encode_error",
    "encode_model",
    "encode_models",
    "encode_response",
]
