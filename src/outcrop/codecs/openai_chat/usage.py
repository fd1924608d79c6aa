"""Token counts as OpenAI writes them.

Place in the house: OpenAI Chat codec.

Source: behaviour specification, USAGE-03: ``prompt_tokens`` is all input, what was read from the
cache and written to it included.
"""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from outcrop.types.usage import Usage, sum_of


class PromptDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the input was cached."""

    cached_tokens: int
    cache_write_tokens: int
    cache_write_1h_tokens: int | UnsetType = UNSET
    """The part of the writes that lives for an hour; where the service tells."""


class CompletionDetails(msgspec.Struct, frozen=True):
    """Which of the output was thought."""

    reasoning_tokens: int


class CompletionUsage(msgspec.Struct, frozen=True, kw_only=True):
    """The ``usage`` member."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails
    completion_tokens_details: CompletionDetails | UnsetType = UNSET


def encode_usage(usages: Iterable[Usage | None]) -> CompletionUsage | None:
    """Add up what one or more calls used; None when no call said."""
    known = [usage for usage in usages if usage is not None]
    if not known:
        return None
    return _encode_counts(known[0] if len(known) == 1 else sum_of(known))


def _encode_counts(usage: Usage) -> CompletionUsage:
    prompt, completion = usage.full_input_tokens, usage.output_tokens
    thought = usage.reasoning_tokens
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptDetails(
            cached_tokens=usage.cache_read_tokens or 0,
            cache_write_tokens=usage.cache_write_tokens or 0,
            cache_write_1h_tokens=usage.cache_write_1h_tokens if usage.cache_writes else UNSET,
        ),
        completion_tokens_details=UNSET if thought is None else CompletionDetails(thought),
    )
