"""The OpenAI Chat Completions dialect, both ways.

Place in the house: codecs. Towards clients, it reads their requests into the canonical
conversation, and writes answers, streams, errors and lists of models for them.

    asked = decode_request(body)
    body = encode_response(responses, response_id=..., created=..., model=asked.request.model)

    encoder = StreamEncoder(response_id=..., created=..., model=..., include_usage=...)
    for event in events:
        send(encoder.encode(event))
    send(encoder.end())

Towards Bedrock (InvokeModel, bedrock-runtime's ``/openai/v1``, Mantle) it writes requests and
reads answers, keeping what it has no word for; what Chat has no word for is listed by
`unsupported`. `encode_completion` writes an answer as Bedrock would.

    body = encode_request(request, stream=False, invoke=True)
    response = decode_response(reply, headers)

    decoder = StreamDecoder()
    for name, payload in ...:
        events = decoder.decode(name, payload)
    events = decoder.close()
"""

from outcrop.codecs.openai_chat.errors import encode_error
from outcrop.codecs.openai_chat.models import ModelEntry, encode_model, encode_models
from outcrop.codecs.openai_chat.parts import API
from outcrop.codecs.openai_chat.request import ChatRequest, decode_request
from outcrop.codecs.openai_chat.response import encode_response
from outcrop.codecs.openai_chat.stream import StreamEncoder
from outcrop.codecs.openai_chat.unsupported import unsupported
from outcrop.codecs.openai_chat.upstream_reply import decode_response, encode_completion
from outcrop.codecs.openai_chat.upstream_request import encode_request
from outcrop.codecs.openai_chat.upstream_stream import StreamDecoder

__all__ = [
    "API",
    "ChatRequest",
    "ModelEntry",
    "StreamDecoder",
    "StreamEncoder",
    "decode_request",
    "decode_response",
    "encode_completion",
    "encode_error",
    "encode_model",
    "encode_models",
    "encode_request",
    "encode_response",
    "unsupported",
]
