"""Responses: what a model answered.

Place in the house: the Converse codec. The client decodes, the emulator encodes.

Source: behaviour specification, CONV-11, USAGE-01; shape ConverseResponse; recordings.
"""

from typing import Final

from outcrop.codecs.converse import wire
from outcrop.codecs.converse.blocks import decode_message, encode_message
from outcrop.codecs.converse.members import (
    decode_performance,
    decode_raw_copy,
    decode_tier,
    encode_performance,
    encode_raw,
    encode_tier,
)
from outcrop.codecs.converse.stops import decode_full_stop, encode_stop
from outcrop.codecs.converse.surplus import decode_extra, encode_extra
from outcrop.errors import WireError
from outcrop.protocols.lossless import Reader, encode
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.responses import Response
from outcrop.types.usage import CacheWrite, Usage


def decode_response(body: bytes) -> Response:
    """Read the body of an answer.

    Raises:
        WireError: The body is malformed; the message names the path of the problem.
    """
    return _RESPONSES.read(body, None)


def encode_response(response: Response) -> bytes:
    """Write the body of an answer. How the call was made (`Response.call`) is not in it.

    Raises:
        UnsupportedError: Media stands at a web address, or where only another API finds it.
        BadRequestError: A text cannot be written as JSON.
    """
    return encode(
        wire.ConverseResponse(
            additional_model_response_fields=encode_raw(response.additional_response_fields),
            metrics=encode_metrics(response.latency_ms, response.metrics_extra),
            output=_encode_output(response),
            performance_config=encode_performance(response.latency),
            service_tier=encode_tier(response.service_tier),
            stop_reason=encode_stop(response.stop),
            trace=encode_raw(response.trace),
            usage=encode_usage(response.usage),
            surplus=encode_extra(response.extra),
        )
    )


_NO_MESSAGE: Final = Message(role="assistant", content=())


def _decode_response(body: wire.ConverseResponse, _context: None) -> Response:
    message = _NO_MESSAGE if body.output is None else decode_message(body.output.message)
    metrics = body.metrics or _NO_METRICS
    fields = decode_raw_copy(body.additional_model_response_fields)
    return Response(
        content=message.content,
        stop=decode_full_stop(body.stop_reason, fields),
        role=message.role,
        usage=decode_usage(body.usage),
        latency_ms=metrics.latency_ms,
        additional_response_fields=fields,
        trace=decode_raw_copy(body.trace),
        latency=decode_performance(body.performance_config),
        service_tier=decode_tier(body.service_tier),
        message_extra=message.extra,
        metrics_extra=decode_extra(metrics.surplus),
        extra=decode_extra(body.surplus),
    )


_NO_METRICS: Final = wire.Metrics()
_RESPONSES: Final = Reader(wire.ConverseResponse, _decode_response, WireError)


def _encode_output(response: Response) -> wire.Output | None:
    # An output that this codec has no word for was kept whole, and comes back by itself.
    if response.extra is not None and "output" in response.extra.members:
        return None
    message = Message(role=response.role, content=response.content, extra=response.message_extra)
    return wire.Output(message=encode_message(message))


def encode_metrics(latency_ms: int | None, extra: Extra | None) -> wire.Metrics | None:
    """Write how long it took."""
    surplus = encode_extra(extra)
    if latency_ms is None and surplus is None:
        return None
    return wire.Metrics(latency_ms=latency_ms, surplus=surplus)


def decode_usage(usage: wire.TokenUsage | None) -> Usage | None:
    """Read the token counts. Counters that are absent read as 0, or None where that differs."""
    if usage is None:
        return None
    read, read_twin = usage.cache_read_input_tokens, usage.cache_read_input_token_count
    write, write_twin = usage.cache_write_input_tokens, usage.cache_write_input_token_count
    return Usage(
        input_tokens=usage.input_tokens or 0,
        output_tokens=usage.output_tokens or 0,
        total_tokens=usage.total_tokens or 0,
        cache_read_tokens=read_twin if read is None else read,
        cache_write_tokens=write_twin if write is None else write,
        cache_read_count=read_twin,
        cache_write_count=write_twin,
        cache_writes=tuple(map(_decode_cache_write, usage.cache_details or ())),
        server_tool_usage=decode_raw_copy(usage.server_tool_usage),
        extra=decode_extra(usage.surplus),
    )


def encode_usage(usage: Usage | None) -> wire.TokenUsage | None:
    """Write the token counts. This wire has no word for reasoning tokens."""
    if usage is None:
        return None
    return wire.TokenUsage(
        cache_details=tuple(map(_encode_cache_write, usage.cache_writes)) or None,
        cache_read_input_token_count=usage.cache_read_count,
        cache_read_input_tokens=usage.cache_read_tokens,
        cache_write_input_token_count=usage.cache_write_count,
        cache_write_input_tokens=usage.cache_write_tokens,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        server_tool_usage=encode_raw(usage.server_tool_usage),
        total_tokens=usage.total_tokens,
        surplus=encode_extra(usage.extra),
    )


def _decode_cache_write(detail: wire.CacheDetail) -> CacheWrite:
    return CacheWrite(
        ttl=detail.ttl, tokens=detail.input_tokens, extra=decode_extra(detail.surplus)
    )


def _encode_cache_write(write: CacheWrite) -> wire.CacheDetail:
    return wire.CacheDetail(
        ttl=write.ttl, input_tokens=write.tokens, surplus=encode_extra(write.extra)
    )
