"""Requests: what is asked of a model.

Place in the house: the Converse codec. The client encodes, the emulator decodes.

What this wire has no word for is left out; `unsupported` lists it before anything is sent.

Source: behaviour specification, CONV-01 to CONV-03, CONV-07; shapes ConverseRequest and
ConverseStreamRequest.
"""

from typing import Final

from outcrop.codecs.converse import wire, wire_blocks
from outcrop.codecs.converse.blocks import (
    decode_message,
    decode_system_block,
    encode_blocks,
    encode_message,
)
from outcrop.codecs.converse.members import (
    decode_performance,
    decode_raw,
    decode_tier,
    encode_performance,
    encode_raw,
    encode_tier,
)
from outcrop.codecs.converse.surplus import decode_extra, encode_extra
from outcrop.codecs.converse.tools import decode_choice, decode_tool, encode_tool_config
from outcrop.errors import BadRequestError
from outcrop.protocols.lossless import Reader, encode
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat

_NOTHING: Final = Sampling()


def encode_request(request: Request) -> bytes:
    """Write the body of a request. The model's id is not in it: it stands in the path.

    Raises:
        UnsupportedError: Media stands at a web address, or where only another API finds it.
        BadRequestError: A text cannot be written as JSON.
    """
    return encode(
        wire.ConverseRequest(
            messages=tuple(map(encode_message, request.messages)) or None,
            system=encode_blocks(wire_blocks.SystemBlock, request.system) or None,
            inference_config=_encode_sampling(request.sampling),
            tool_config=encode_tool_config(request.tools, request.tool_choice),
            guardrail_config=_encode_guardrail(request.guardrail),
            additional_model_request_fields=encode_raw(request.additional_model_request_fields),
            prompt_variables=_encode_variables(request.prompt_variables),
            additional_model_response_field_paths=(
                request.additional_model_response_field_paths or None
            ),
            request_metadata=request.request_metadata,
            performance_config=encode_performance(request.latency),
            service_tier=encode_tier(request.service_tier),
            output_config=_encode_output(request.text_format, request.effort),
            surplus=encode_extra(request.extra),
        )
    )


def decode_request(body: bytes, model: str) -> Request:
    """Read the body of a request to `model`, which stood in the path.

    Raises:
        BadRequestError: The body is malformed; message and `param` name the path of the problem.
    """
    if not _is_utf8(body):
        raise BadRequestError("the body is not UTF-8")
    return _REQUESTS.read(body, model)


def _is_utf8(body: bytes) -> bool:
    # Raw members pass through unread, so nobody else would notice.
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decode_request(body: wire.ConverseRequest, model: str) -> Request:
    output = body.output_config
    config = body.tool_config
    return Request(
        model=model,
        messages=tuple(map(decode_message, body.messages or ())),
        system=tuple(map(decode_system_block, body.system or ())),
        sampling=_decode_sampling(body.inference_config),
        tools=() if config is None else tuple(map(decode_tool, config.tools)),
        tool_choice=None if config is None else decode_choice(config.tool_choice),
        text_format=None if output is None else _decode_format(output.text_format),
        effort=None if output is None else output.effort,
        guardrail=_decode_guardrail(body.guardrail_config),
        additional_model_request_fields=decode_raw(body.additional_model_request_fields),
        additional_model_response_field_paths=body.additional_model_response_field_paths or (),
        prompt_variables=_decode_variables(body.prompt_variables),
        request_metadata=body.request_metadata,
        latency=decode_performance(body.performance_config),
        service_tier=decode_tier(body.service_tier),
        extra=decode_extra(body.surplus),
    )


_REQUESTS: Final = Reader(wire.ConverseRequest, _decode_request, BadRequestError)


def _encode_sampling(sampling: Sampling) -> wire.InferenceConfig | None:
    config = wire.InferenceConfig(
        max_tokens=sampling.max_tokens,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        stop_sequences=sampling.stop_sequences or None,
        surplus=encode_extra(sampling.extra),
    )
    return None if config == _EMPTY_CONFIG else config


_EMPTY_CONFIG: Final = wire.InferenceConfig()


def _decode_sampling(config: wire.InferenceConfig | None) -> Sampling:
    if config is None:
        return _NOTHING
    return Sampling(
        max_tokens=config.max_tokens,
        temperature=config.temperature,
        top_p=config.top_p,
        stop_sequences=config.stop_sequences or (),
        extra=decode_extra(config.surplus),
    )


def _encode_guardrail(guardrail: Guardrail | None) -> wire.GuardrailConfig | None:
    if guardrail is None:
        return None
    return wire.GuardrailConfig(
        guardrail_identifier=guardrail.identifier,
        guardrail_version=guardrail.version,
        trace=guardrail.trace,
        stream_processing_mode=guardrail.stream_mode,
        surplus=encode_extra(guardrail.extra),
    )


def _decode_guardrail(config: wire.GuardrailConfig | None) -> Guardrail | None:
    if config is None:
        return None
    return Guardrail(
        identifier=config.guardrail_identifier,
        version=config.guardrail_version,
        trace=config.trace,
        stream_mode=config.stream_processing_mode,
        extra=decode_extra(config.surplus),
    )


def _encode_variables(variables: dict[str, str] | None) -> dict[str, wire.PromptVariable] | None:
    if variables is None:
        return None
    return {name: wire.PromptVariable(text=text) for name, text in variables.items()}


def _decode_variables(variables: dict[str, wire.PromptVariable] | None) -> dict[str, str] | None:
    if variables is None:
        return None
    return {name: variable.text for name, variable in variables.items()}


def is_sayable_format(text_format: TextFormat) -> bool:
    """Tell whether this wire has a word for the form: it knows forms with a schema only."""
    return text_format.type != "json_object"


def _encode_output(text_format: TextFormat | None, effort: str | None) -> wire.OutputConfig | None:
    form = None if text_format is None else _encode_format(text_format)
    if form is None and effort is None:
        return None
    return wire.OutputConfig(text_format=form, effort=effort)


def _encode_format(text_format: TextFormat) -> wire.TextFormat | None:
    if not is_sayable_format(text_format):
        return None
    schema = wire.JsonSchema(
        schema=text_format.schema, name=text_format.name, description=text_format.description
    )
    return wire.TextFormat(
        type=text_format.type,
        structure=wire.OutputStructure(json_schema=schema),
        surplus=encode_extra(text_format.extra),
    )


def _decode_format(text_format: wire.TextFormat | None) -> TextFormat | None:
    if text_format is None:
        return None
    schema = text_format.structure.json_schema
    return TextFormat(
        type=text_format.type,
        schema=schema.schema,
        name=schema.name,
        description=schema.description,
        extra=decode_extra(text_format.surplus),
    )
