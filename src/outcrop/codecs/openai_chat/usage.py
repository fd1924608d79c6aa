"""Token counts as OpenAI writes them.

Place in the house: OpenAI Chat codec.

Source: behaviour specification, USAGE-03: ``prompt_tokens`` is all input, what was read from the
cache and written to it included.
"""

from collections.abc import Iterable

import msgspec
from msgspec import UNSET, UnsetType

from outcrop.types.usage import Usage


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
    known = tuple(usage for usage in usages if usage is not None)
    if not known:
        return None
    prompt = sum(usage.full_input_tokens for usage in known)
    completion = sum(usage.output_tokens for usage in known)
    return CompletionUsage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=_prompt_details(known),
        completion_tokens_details=_completion_details(known),
    )


def _prompt_details(usages: tuple[Usage, ...]) -> PromptDetails:
    split = any(usage.cache_writes for usage in usages)
    return PromptDetails(
        cached_tokens=sum(usage.cache_read_tokens or 0 for usage in usages),
        cache_write_tokens=sum(usage.cache_write_tokens or 0 for usage in usages),
        cache_write_1h_tokens=sum(usage.cache_write_1h_tokens for usage in usages)
        if split
        else UNSET,
    )


def _completion_details(usages: tuple[Usage, ...]) -> CompletionDetails | UnsetType:
    known = [usage.reasoning_tokens for usage in usages if usage.reasoning_tokens is not None]
    return CompletionDetails(sum(known)) if known else UNSET
