"""What is known of one model, and how we know it.

Place in the house: models. Shapes only; the rows stand in `models.rows`, the way to them is
`models.catalogue`.

What nobody told us is None: unknown is never 0 and never a guess. Everything here is advice, and a
model without a card works all the same (MODEL-05).

Source: behaviour specification, MODEL-05, ROUTE-05, LIST-05, USAGE-04, USAGE-05, section 11.
"""

from typing import Literal

import msgspec


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where a fact comes from."""

    source: str
    """A recording, a page or the specification."""
    seen: str
    """When it was read or recorded, as exactly as is known: ``"2026-11-20"``, ``"2026-10"``."""


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What tokens cost, by class, in millionths of a US dollar for a million tokens.

    So ``1_250_000`` is 1.25 USD for a million tokens: whole numbers, with which sums are exact.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None
    """To the cache that lives as long as is usual: five minutes with most models."""
    cache_write_1h: int | None = None


class LongContext(msgspec.Struct, frozen=True, kw_only=True):
    """Other prices for all tokens of a request whose input is long."""

    above_tokens: int
    """Cached input counts too."""
    prices: Prices


class Pricing(msgspec.Struct, frozen=True, kw_only=True):
    """On-demand prices of one model, and where they hold."""

    prices: Prices
    surcharges: tuple[tuple[str, int], ...]
    """Geo prefix, ``""`` for the bare id in us-east-1, and what is added there, percent.

    AWS prices by the region that is asked; for a prefix that is not here no price is known.
    """
    long_context: LongContext | None = None
    evidence: tuple[str, ...]
    """Keys of `models.evidence.EVIDENCE`."""


class CacheRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a model caches when it is told where."""

    min_tokens: int
    """Less is not cached, and AWS does not say so."""
    ttls: tuple[str, ...]
    fields: tuple[str, ...]
    """Where a cache point may stand: ``"system"``, ``"messages"``, ``"tools"``, ``"input"``."""


Reasoning = Literal[
    "budget",
    "both",
    "adaptive",
    "default_on",
    "between_tools",
    "always_on",
    "nova",
    "effort",
    "qwen",
    "built_in",
]
"""How a model is told to think. ``budget``: a number of tokens. ``both``: that, or adaptive, which
is better. ``adaptive``: off unless asked for. ``default_on``: on unless ``disabled``.
``between_tools``: on, and that is the least it takes. ``always_on``: cannot be turned off.
``nova``: reasoningConfig. ``effort``: reasoning_effort. ``qwen``: reasoning_config.
``built_in``: it thinks, and takes no orders about it."""

Sampling = Literal["both", "either", "none"]
"""Whether temperature and top_p may be sent together, only one of them, or neither."""

Lifecycle = Literal["ACTIVE", "LEGACY", "RETIRED"]
"""AWS's word, and ours for what AWS no longer serves."""


class ModelCard(msgspec.Struct, frozen=True, kw_only=True):
    """One foundation model. Advice, not law."""

    id: str
    """The bare id, without a geo prefix."""
    name: str
    provider: str
    """As AWS spells it: ``"Mistral AI"``."""
    inputs: tuple[str, ...] = ("TEXT",)
    outputs: tuple[str, ...] = ("TEXT",)
    """Modalities, both as ListFoundationModels spells them."""
    streaming: bool | None = None
    inference: tuple[str, ...] = ("ON_DEMAND",)
    """As ``inferenceTypesSupported``: a model without ``ON_DEMAND`` is called by a profile."""
    profiles: tuple[str, ...] = ()
    """Geo prefixes of its inference profiles that are known; there may be more."""
    lifecycle: Lifecycle = "ACTIVE"
    end_of_life: str = ""
    """ISO date after which AWS refuses it; empty where unknown."""
    endpoints: tuple[str, ...] = ("runtime",)
    """Where it is served: ``"runtime"``, ``"mantle"``."""
    mantle_id: str = ""
    """Its id there, where that differs."""
    mantle_path: str = ""
    """What stands before ``/chat/completions`` there; empty where unknown."""
    context_window: int | None = None
    """Input and output together, tokens."""
    max_output: int | None = None
    """Tokens."""
    system: bool | None = None
    """Whether Converse takes a system prompt."""
    tools: bool | None = None
    streams_tools: bool | None = None
    """Whether ConverseStream takes tools."""
    reasoning: Reasoning | None = None
    sampling: Sampling | None = None
    cache: CacheRule | None = None
    pricing: Pricing | None = None
    burndown: int | None = None
    """How many tokens of quota one token of output uses."""
    aliases: tuple[str, ...] = ()
    """Its names at its maker's own API."""
    evidence: tuple[str, ...]
    """Keys of `models.evidence.EVIDENCE`."""

    @property
    def needs_profile(self) -> bool:
        """Whether the bare id is refused, and only an inference profile answers."""
        return "INFERENCE_PROFILE" in self.inference and "ON_DEMAND" not in self.inference

    @property
    def owned_by(self) -> str:
        """The provider as model lists name it: lower case."""
        return self.provider.lower()

    def is_retired(self, today: str) -> bool:
        """Tell whether AWS refuses the model by now, as far as is known.

        Args:
            today: ISO date.
        """
        return self.lifecycle == "RETIRED" or "" < self.end_of_life <= today
