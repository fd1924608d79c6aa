"""What a call used.

Place in the house: types.

AWS counts three kinds of input apart: ``inputTokens`` excludes what was read from or written to the
cache, ``totalTokens`` includes it. Full input is the sum of the three.

Source: behaviour specification, USAGE-01; recordings of Converse.
"""

from collections.abc import Iterable, Sequence

import msgspec

from outcrop.types.json import Extra


class CacheWrite(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens written to the cache for one time to live."""

    ttl: str
    """``"5m"`` or ``"1h"``."""
    tokens: int
    extra: Extra | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Token counts of one call. None: the service did not say."""

    input_tokens: int = 0
    """Uncached input only; may be 0."""
    output_tokens: int = 0
    total_tokens: int = 0
    """Cached input included."""
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_read_count: int | None = None
    """AWS's second spelling of `cache_read_tokens` (``cacheReadInputTokenCount``)."""
    cache_write_count: int | None = None
    """AWS's second spelling of `cache_write_tokens` (``cacheWriteInputTokenCount``)."""
    cache_writes: tuple[CacheWrite, ...] = ()
    """`cache_write_tokens` split by time to live."""
    reasoning_tokens: int | None = None
    """Part of `output_tokens`."""
    server_tool_usage: msgspec.Raw | None = None
    """What server tools used, as AWS wrote it; often ``{}``."""
    extra: Extra | None = None

    @property
    def full_input_tokens(self) -> int:
        """All input: uncached, read from the cache and written to it."""
        return self.input_tokens + (self.cache_read_tokens or 0) + (self.cache_write_tokens or 0)

    @property
    def cache_write_1h_tokens(self) -> int:
        """The part of the cache writes that lives for an hour."""
        return sum(write.tokens for write in self.cache_writes if write.ttl == "1h")


def sum_of(usages: Sequence[Usage]) -> Usage:
    """Add up the counts of several calls. What one of them did not say counts as nothing."""
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in usages),
        output_tokens=sum(usage.output_tokens for usage in usages),
        total_tokens=sum(usage.total_tokens for usage in usages),
        cache_read_tokens=_sum_of_known(usage.cache_read_tokens for usage in usages),
        cache_write_tokens=_sum_of_known(usage.cache_write_tokens for usage in usages),
        cache_writes=tuple(write for usage in usages for write in usage.cache_writes),
        reasoning_tokens=_sum_of_known(usage.reasoning_tokens for usage in usages),
    )


def _sum_of_known(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
