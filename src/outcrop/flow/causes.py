"""Causes of refusals that we know a remedy for, by AWS's words.

Place in the house: flow. One table, read from the top; which error a refusal becomes in the first
place stands in `flow.faults`. Messages are templates; what they mention is found out only for the
one that fits.

Source: behaviour specification, ERR-16 to ERR-28, MSG-03; a trigger that stands in neither names
where it was seen.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop import errors
from outcrop.errors import OutcropError
from outcrop.models.card import ModelCard
from outcrop.models.catalogue import cards, lookup, nearest
from outcrop.models.geography import geography, geography_of
from outcrop.models.ids import ModelId, parse_model_id
from outcrop.protocols.awserrors import normalise


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call went; for messages."""

    model: str = ""
    region: str = ""
    endpoint: str = ""
    operation: str = ""


class Facts:
    """What a message may mention of one refusal. Each fact is found out when it is asked for."""

    def __init__(self, place: Place, said: str, clock_offset_s: float | None = None) -> None:
        self.place = place
        self.words = normalise(said)
        self.clock_offset_s = clock_offset_s

    def __getitem__(self, name: str) -> str:
        """Return the fact called `name`, for `str.format_map`."""
        return _FACTS[name](self)

    @property
    def model(self) -> ModelId | None:
        """What the id says; None for one that says nothing."""
        try:
            return parse_model_id(self.place.model)
        except errors.BadRequestError:
            return None

    @property
    def card(self) -> ModelCard | None:
        """What is known of the model."""
        return lookup(self.place.model) if self.place.model else None


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause, and what to do about it."""

    words: tuple[tuple[str, ...], ...] = ()
    """Any of these groups names it, if all of the group's words are said."""
    names: frozenset[str] = frozenset()
    """Short names of exceptions that name it, whatever is said."""
    among: type[OutcropError] = OutcropError
    """Only where the exception's own name, or the status, means this."""
    when: Callable[[Facts], bool] | None = None
    """What else must hold."""
    kind: type[OutcropError] | None = None
    """What it is instead of what the name means."""
    message: str
    hint: str
    retryable: bool | None = None

    def tell(self, facts: Facts) -> tuple[str, str]:
        """Return what happened, and what to do."""
        return self.message.format_map(facts), self.hint.format_map(facts)

    def fits(self, name: str, kind: type[OutcropError], facts: Facts) -> bool:
        """Tell whether this is the cause."""
        if not issubclass(kind, self.among):
            return False
        said = any(all(word in facts.words for word in group) for group in self.words)
        return (said or name in self.names) and (self.when is None or self.when(facts))


def find_cause(name: str, kind: type[OutcropError], facts: Facts) -> Cause | None:
    """Return the first cause that fits a refusal.

    Args:
        name: Short name of the exception.
        kind: What the name, or the status, means.
        facts: What was said, and where.
    """
    return next((cause for cause in CAUSES if cause.fits(name, kind, facts)), None)


def is_clock_skew(name: str, said: str) -> bool:
    """Tell whether AWS refused a signature because of its time."""
    return _SKEW.fits(name, errors.AuthenticationError, Facts(Place(), said))


def _is_elsewhere(facts: Facts) -> bool:
    home = geography(facts.model.geo) if facts.model else None
    return home is not None and not home.contains(facts.place.region)


def _makes_no_text(facts: Facts) -> bool:
    asked_to_talk = facts.place.operation != "InvokeModel"
    return asked_to_talk and facts.card is not None and "TEXT" not in facts.card.outputs


_SKEW: Final = Cause(
    words=(("signature expired",), ("signature not yet current",)),
    names=frozenset({"requestexpired", "requesttimetooskewed"}),
    kind=errors.AuthenticationError,
    message="The system clock differs from AWS's{skew}",
    hint="set the clock",
)

CAUSES: Final = (
    _SKEW,
    Cause(
        words=(
            ("on-demand throughput isn't supported",),
            ("on-demand throughput is not supported",),
            ("inference profile",),
        ),
        among=errors.BadRequestError,
        message="Model {model} needs an inference profile",
        hint="use {profiles} as the model or in BEDROCK_MODELS",
    ),
    Cause(
        words=(("model identifier is invalid",),),
        when=_is_elsewhere,
        kind=errors.ModelNotFoundError,
        message="Profile {model} is called from {sources} regions; region is {region}",
        hint="choose one of these regions, or a profile of this one",
    ),
    Cause(
        words=(("model identifier is invalid",),),
        kind=errors.ModelNotFoundError,
        message="{model} is unknown in {region}",
        hint="{nearest}",
    ),
    Cause(
        words=(("end of its life",), ("marked by provider as legacy",)),
        message="{model} is retired or dormant",
        hint="move to its successor; `outcrop models` lists what is served",
    ),
    Cause(
        words=(
            ("prompt is too long",),
            ("input is too long for requested model",),
            ("exceeds the context window",),
            # Claude, continuedev/continue#6080; OpenAI's wording.
            ("input length and max_tokens exceed context limit",),
            ("maximum context length is",),
        ),
        kind=errors.ContextLengthError,
        message="{input} exceeds {limit}",
        hint="shorten it or pick a larger model",
    ),
    Cause(
        words=(("tokens per day",),),
        among=errors.RateLimitError,
        message="AWS quota for {model} in {region} reached (tokens per day)",
        hint="{elsewhere}raise it in Service Quotas, or use provisioned throughput",
        retryable=False,
    ),
    Cause(
        words=(("too many tokens",),),
        among=errors.RateLimitError,
        message="AWS quota for {model} in {region} reached (tokens per minute)",
        hint=(
            "lower max_tokens (it counts in full when a call starts), {elsewhere}raise it in "
            "Service Quotas, or use provisioned throughput"
        ),
    ),
    Cause(
        words=(("too many requests",),),
        among=errors.RateLimitError,
        message="AWS quota for {model} in {region} reached (requests per minute)",
        hint="{elsewhere}raise it in Service Quotas, or use provisioned throughput",
    ),
    Cause(
        words=(("aws-marketplace",),),
        message="An administrator must enable {model} once (Marketplace subscription)",
        hint="then wait 2 to 15 minutes",
    ),
    Cause(
        words=(("use case details have not been submitted",),),
        message="{model} waits for the Anthropic use-case form of this account",
        hint="submit it in the Bedrock console, then wait 15 minutes",
    ),
    Cause(
        # anomalyco/opencode#47073, farion1231/cc-switch#1679.
        words=(("make sure your api key is valid",), ("invalid api key format",)),
        kind=errors.AuthenticationError,
        message="The Bedrock API key is wrong, expired, or of another region than {region}",
        hint="make a new one there",
    ),
    Cause(
        words=(("don't have access to the model",), ("not authorized to perform",)),
        among=errors.PermissionDeniedError,
        message="No access to {model}",
        hint=(
            "request it in Bedrock console > Model access; allow bedrock:InvokeModel on model and "
            "profile ARN"
        ),
    ),
    Cause(
        words=(
            ("security token included in the request is invalid",),
            ("security token included in the request is expired",),
        ),
        kind=errors.AuthenticationError,
        message="The AWS keys are wrong, expired, or lack AWS_SESSION_TOKEN",
        hint="renew them",
    ),
    Cause(
        words=(("the request signature we calculated does not match",),),
        kind=errors.AuthenticationError,
        message="AWS does not accept the signature",
        hint="check that the secret access key belongs to the access key id",
    ),
    Cause(
        # anomalyco/opencode#3077, can1357/oh-my-pi#333.
        words=(
            ("invalid signature in thinking block",),
            ("expected thinking or redacted_thinking",),
            ("thinking.signature",),
        ),
        among=errors.BadRequestError,
        message="Reasoning of an earlier turn is missing, or is not what {model} wrote",
        hint="resend the assistant turn's reasoning blocks unchanged",
    ),
    Cause(
        words=(("does not support assistant message prefill",),),
        among=errors.BadRequestError,
        message="{model} cannot continue an assistant turn",
        hint="end with a user message or use structured output",
    ),
    Cause(
        words=(("data retention mode",),),
        message=(
            "Model {model} needs the account's data-retention mode aws_review in this region "
            "(PUT /data-retention): not a request field"
        ),
        hint="an administrator sets it once",
    ),
    Cause(
        words=((),),
        among=errors.BadRequestError,
        when=_makes_no_text,
        message="{model} is a model for {outputs}, and does not chat",
        hint="use a model that makes text; `outcrop models` lists them",
    ),
)
"""All of them; the first that fits is told."""


def _profiles(facts: Facts) -> str:
    base = facts.model.base if facts.model else facts.place.model
    home = geography_of(facts.place.region)
    known = facts.card.profiles if facts.card else ()
    near = [home.prefix] if home else []
    prefixes = [each for each in (*near, "global") if each in known] or [*near, "global"]
    return " or ".join(f"{prefix}.{base}" for prefix in prefixes)


def _sources(facts: Facts) -> str:
    home = geography(facts.model.geo) if facts.model else None
    return ", ".join(home.sources) if home else "other"


def _nearest(facts: Facts) -> str:
    found = _nearest_ids(facts.place.model)
    return f"Nearest ids: {', '.join(found)}" if found else "`outcrop models` lists what is served"


@lru_cache(maxsize=64)
def _nearest_ids(model: str) -> tuple[str, ...]:
    # Comparing with all of them takes 30 ms, and the vendor is seldom what was mistaken.
    ids = [card.id for card in cards()]
    vendor = next((each for each in ids if each.split(".")[0] in model.split(".")), "")
    kin = [each for each in ids if each.split(".")[0] == vendor.split(".")[0]]
    return nearest(model, kin or ids)


_NUMBER: Final = r"\d+(?:,\d{3})*"
_TOO_LONG: Final = (
    re.compile(rf"(?P<input>{_NUMBER}) tokens > (?P<limit>{_NUMBER})"),
    re.compile(rf"(?P<input>{_NUMBER}) \+ {_NUMBER} > (?P<limit>{_NUMBER})"),
    re.compile(
        rf"maximum context length is (?P<limit>{_NUMBER}) tokens.*requested (?P<input>{_NUMBER})"
    ),
)


def _counts(facts: Facts) -> re.Match[str] | None:
    found = (pattern.search(facts.words) for pattern in _TOO_LONG)
    return next((match for match in found if match), None)


def _input(facts: Facts) -> str:
    match = _counts(facts)
    return f"Input of ~{match['input']} tokens" if match else "The input"


def _limit(facts: Facts) -> str:
    match = _counts(facts)
    window = facts.card.context_window if facts.card else None
    limit = match["limit"] if match else window
    model = facts.place.model
    return f"{model}'s limit of {limit}" if limit else f"the limit of {model}"


def _elsewhere(facts: Facts) -> str:
    model, card = facts.model, facts.card
    if model is None or card is None or model.geo == "global" or "global" not in card.profiles:
        return ""
    return f"try global.{model.base}, "


def _skew(facts: Facts) -> str:
    offset_s = facts.clock_offset_s
    return "" if offset_s is None else f" by {abs(offset_s):.0f} s"


def _outputs(facts: Facts) -> str:
    return ", ".join(facts.card.outputs).lower() if facts.card else ""


_FACTS: Final[Mapping[str, Callable[[Facts], str]]] = MappingProxyType(
    {
        "model": lambda facts: facts.place.model,
        "region": lambda facts: facts.place.region,
        "profiles": _profiles,
        "sources": _sources,
        "nearest": _nearest,
        "input": _input,
        "limit": _limit,
        "elsewhere": _elsewhere,
        "skew": _skew,
        "outputs": _outputs,
    }
)
