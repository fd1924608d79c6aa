"""How the next token is chosen: the request's options in the runtime's words.

Place in the house: emulator, engines. Pure.

A request that says nothing is answered greedily, so the same question has the same answer. One that
names a temperature, a nucleus, a count or a seed is sampled; where it leaves the temperature out,
by the one that the model's authors recommend. A seed makes sampling repeatable on this machine.

Seed and count have no place in Converse's own options. They are read from the additional request
fields, under the names that the vendors on Bedrock use.

Source: model card of SmolLM2-135M-Instruct; llama.cpp's server, completion options.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from outcrop.emulator.engines.interface import EngineRefusal
from outcrop.types.requests import Request, Sampling

DEFAULT_MAX_TOKENS: Final = 512
"""Where a request names no limit: a model this small may talk without end."""
REPEAT_PENALTY: Final = 1.05
RECOMMENDED_TEMPERATURE: Final = 0.2
_SEEDS: Final = 0x7FFF_FFFF
"""The runtime takes 32 bits, and the largest number of these means any."""


class _Inference(msgspec.Struct, frozen=True, rename="camel"):
    top_k: int | None = None


class _Fields(msgspec.Struct, frozen=True, rename={"inference": "inferenceConfig"}):
    """Additional request fields that this engine honours."""

    seed: int | None = None
    top_k: int | None = None
    inference: _Inference = _Inference()


def encode_sampling(request: Request) -> dict[str, Any]:
    """Write a request's options as members of a completion.

    Raises:
        EngineRefusal: An additional request field has the wrong type.
    """
    sampling = _completed(request)
    named = {name: getattr(sampling, name) for name in _SAME_NAME}
    seed = None if sampling.seed is None else sampling.seed & _SEEDS
    options = {
        **named,
        "max_tokens": max_tokens(request),
        "temperature": _temperature(sampling),
        "seed": seed,
        "stop": [text for text in sampling.stop_sequences if text],
        "repeat_penalty": REPEAT_PENALTY,
    }
    return {name: value for name, value in options.items() if value is not None}


_SAME_NAME: Final = ("frequency_penalty", "presence_penalty", "top_k", "top_p")


def max_tokens(request: Request) -> int:
    """Return how long the answer may be."""
    return request.sampling.max_tokens or DEFAULT_MAX_TOKENS


def _temperature(sampling: Sampling) -> float:
    if sampling.temperature is not None:
        return sampling.temperature
    asked = (sampling.top_p, sampling.top_k, sampling.seed)
    return 0.0 if asked == (None, None, None) else RECOMMENDED_TEMPERATURE


def _completed(request: Request) -> Sampling:
    """Return the options with what stands in the additional request fields."""
    raw = request.additional_model_request_fields
    if raw is None:
        return request.sampling
    fields = _decode_fields(raw)
    found: Mapping[str, int | None] = {
        "seed": fields.seed,
        "top_k": fields.inference.top_k if fields.top_k is None else fields.top_k,
    }
    missing = {
        name: value for name, value in found.items() if getattr(request.sampling, name) is None
    }
    return msgspec.structs.replace(request.sampling, **missing)


def _decode_fields(raw: msgspec.Raw) -> _Fields:
    try:
        return msgspec.json.decode(raw, type=_Fields)
    except msgspec.ValidationError as error:
        # AWS's form, seen in langgenius/dify#3326; the middle is ours.
        text = f"Malformed input request: {error}, please reformat your input and try again."
        raise EngineRefusal(400, "ValidationException", text) from error
