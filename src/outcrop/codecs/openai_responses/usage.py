"""Token counts as the Responses API tells them, both ways.

Place in the house: OpenAI Responses codec.

Source: behaviour specification, USAGE-01, USAGE-03; recordings of bedrock-mantle.
"""

from typing import Final

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import decode_extra, lay_over
from outcrop.codecs.openai_responses.parts import Entry
from outcrop.types.usage import Usage


def decode_usage(usage: wire.Usage | None) -> Usage | None:
    """Read the counts; ``input_tokens`` is all input, ours only what the cache did not serve."""
    if usage is None:
        return None
    given = usage.input_tokens_details or _NO_INPUT_DETAILS
    made = usage.output_tokens_details or _NO_OUTPUT_DETAILS
    full, output = usage.input_tokens or 0, usage.output_tokens or 0
    cached = (given.cached_tokens or 0) + (given.cache_write_tokens or 0)
    return Usage(
        input_tokens=max(0, full - cached),
        output_tokens=output,
        total_tokens=full + output if usage.total_tokens is None else usage.total_tokens,
        cache_read_tokens=given.cached_tokens,
        cache_write_tokens=given.cache_write_tokens,
        reasoning_tokens=made.reasoning_tokens,
        extra=decode_extra(usage.surplus),
    )


_NO_INPUT_DETAILS: Final = wire.InputDetails()
_NO_OUTPUT_DETAILS: Final = wire.OutputDetails()


def encode_usage(usage: Usage | None) -> Entry | None:
    """Write the counts. The API's own types want every detail: what is unknown is 0."""
    if usage is None:
        return None
    full, output = usage.full_input_tokens, usage.output_tokens
    counts: Entry = {
        "input_tokens": full,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens or 0,
            "cache_write_tokens": usage.cache_write_tokens or 0,
        },
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens or 0},
        "total_tokens": full + output,
    }
    return lay_over(counts, usage.extra)
