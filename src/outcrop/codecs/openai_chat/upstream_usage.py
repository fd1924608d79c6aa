"""Token counts as a Chat Completions service tells them, in the answer or beside it.

Place in the house: OpenAI Chat codec, the client's half.

Source: behaviour specification, USAGE-01, USAGE-03; recordings of InvokeModel (headers) and
InvokeModelWithResponseStream (``amazon-bedrock-invocationMetrics``).
"""

from typing import Final

from outcrop.codecs.openai_chat import upstream_wire as wire
from outcrop.codecs.openai_chat.answer import Entry
from outcrop.codecs.openai_chat.extras import decode_extra, lay_over
from outcrop.http import Headers, header
from outcrop.types.usage import Usage


def decode_usage(usage: wire.Usage | None) -> Usage | None:
    """Read the counts; ``prompt_tokens`` is all input, ours only what the cache did not serve."""
    if usage is None:
        return None
    prompt = usage.prompt_tokens_details or _NO_PROMPT_DETAILS
    completion = usage.completion_tokens_details or _NO_COMPLETION_DETAILS
    full, output = usage.prompt_tokens or 0, usage.completion_tokens or 0
    cached = (prompt.cached_tokens or 0) + (prompt.cache_write_tokens or 0)
    return Usage(
        input_tokens=max(0, full - cached),
        output_tokens=output,
        total_tokens=full + output if usage.total_tokens is None else usage.total_tokens,
        cache_read_tokens=prompt.cached_tokens,
        cache_write_tokens=prompt.cache_write_tokens,
        reasoning_tokens=completion.reasoning_tokens,
        extra=decode_extra(usage.surplus),
    )


_NO_PROMPT_DETAILS: Final = wire.PromptDetails()
_NO_COMPLETION_DETAILS: Final = wire.CompletionDetails()


def encode_usage(usage: Usage | None) -> Entry | None:
    """Write the counts as Bedrock does: no details where nothing was said of them."""
    if usage is None:
        return None
    prompt = {
        "cached_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
    }
    counts: Entry = {
        "prompt_tokens": usage.full_input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": {name: n for name, n in prompt.items() if n is not None},
    }
    if usage.reasoning_tokens is not None:
        counts["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    counts = {name: count for name, count in counts.items() if count != {}}
    return lay_over(counts, usage.extra)


def usage_of_metrics(metrics: wire.Metrics) -> Usage | None:
    """Read the counts of a native stream's last chunk, where its own usage is missing."""
    if metrics.input_token_count is None and metrics.output_token_count is None:
        return None
    return _counted(
        metrics.input_token_count or 0,
        metrics.output_token_count or 0,
        metrics.cache_read_input_token_count,
        metrics.cache_write_input_token_count,
    )


def usage_of_headers(headers: Headers) -> Usage | None:
    """Read the counts that InvokeModel puts into headers, where the body has none."""
    read, written = _count(headers, "input"), _count(headers, "output")
    if read is None and written is None:
        return None
    cached, stored = _count(headers, "cache-read-input"), _count(headers, "cache-write-input")
    return _counted(read or 0, written or 0, cached, stored)


def latency_of_headers(headers: Headers) -> int | None:
    """Read how long the model took, milliseconds."""
    return _number(header(headers, "x-amzn-bedrock-invocation-latency"))


def _counted(read: int, written: int, cached: int | None, stored: int | None) -> Usage:
    return Usage(
        input_tokens=read,
        output_tokens=written,
        total_tokens=read + written + (cached or 0) + (stored or 0),
        cache_read_tokens=cached,
        cache_write_tokens=stored,
    )


def _count(headers: Headers, name: str) -> int | None:
    return _number(header(headers, f"x-amzn-bedrock-{name}-token-count"))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
