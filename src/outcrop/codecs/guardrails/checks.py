"""InvokeGuardrailChecks: single checks of a conversation, without a guardrail of one's own.

Place in the house: the guardrail codec.

Source: service model of bedrock-runtime as in botocore 1.44.5, shapes InvokeGuardrailChecksRequest
and InvokeGuardrailChecksResponse; behaviour specification, GUARD-03.
"""

from collections.abc import Iterable
from typing import ClassVar, Final

from outcrop.codecs.guardrails.content import API
from outcrop.errors import UnsupportedError
from outcrop.protocols.lossless import encode
from outcrop.protocols.shape import Shape, reader_of
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import Block, Foreign, GuardText, Text
from outcrop.types.messages import Message


class CheckedContent(Shape):
    """A part of a turn."""

    union: ClassVar[bool] = True

    text: str | None = None


class CheckedMessage(Shape):
    """One turn."""

    role: str
    """``"user"``, ``"assistant"`` or ``"system"``."""
    content: tuple[CheckedContent, ...]


class FilterCategory(Shape):
    """A kind of harm to look for."""

    category: str


class FilterConfig(Shape):
    """Which kinds of harm, or of attack, to look for."""

    categories: tuple[FilterCategory, ...]


class EntityKind(Shape):
    """A kind of private matter to look for."""

    type: str


class EntityConfig(Shape):
    """Which private matters to look for."""

    entities: tuple[EntityKind, ...]


class ChecksConfig(Shape):
    """What shall be checked."""

    content_filter: FilterConfig | None = None
    prompt_attack: FilterConfig | None = None
    sensitive_information: EntityConfig | None = None


class ChecksRequest(Shape):
    """A conversation, and what shall be checked."""

    messages: tuple[CheckedMessage, ...]
    checks: ChecksConfig


class Severity(Shape):
    """How bad one kind of harm, or of attack, is."""

    category: str
    severity_score: float
    """0 to 1."""


class FilterResult(Shape):
    """How bad each kind is."""

    results: tuple[Severity, ...]


class Entity(Shape):
    """A private matter that was found."""

    type: str
    confidence_score: float
    """0 to 1."""
    begin_offset: int
    """Where it begins in the text."""
    end_offset: int
    message_index: int
    """In which turn, from 0."""
    content_index: int
    """In which part of the turn, from 0."""


class EntityResult(Shape):
    """Which private matters were found."""

    results: tuple[Entity, ...]
    truncated: bool | None = None
    """Whether there are more."""


class ChecksResults(Shape):
    """What each check found; None: it was not asked for."""

    content_filter: FilterResult | None = None
    prompt_attack: FilterResult | None = None
    sensitive_information: EntityResult | None = None


class CheckUsage(Shape):
    """What one check was billed."""

    text_units: int


class ChecksUsage(Shape):
    """What each check was billed."""

    content_filter: CheckUsage | None = None
    prompt_attack: CheckUsage | None = None
    sensitive_information: CheckUsage | None = None


class ChecksAnswer(Shape):
    """What the checks found."""

    results: ChecksResults
    usage: ChecksUsage


decode_checks: Final = reader_of(ChecksAnswer)
"""Reads the answer of InvokeGuardrailChecks; raises `WireError` where it is none."""


def encode_checks(
    messages: Iterable[Message],
    *,
    content_filter: Iterable[str] = (),
    prompt_attack: Iterable[str] = (),
    sensitive_information: Iterable[str] = (),
) -> bytes:
    """Write the body of InvokeGuardrailChecks; a check without kinds is not asked for.

    Raises:
        UnsupportedError: A turn holds what is no text.
        BadRequestError: A text cannot be written as JSON.
    """
    config = ChecksConfig(
        content_filter=_filter(content_filter),
        prompt_attack=_filter(prompt_attack),
        sensitive_information=_entities(sensitive_information),
    )
    return encode(ChecksRequest(messages=tuple(map(_encode_message, messages)), checks=config))


def _filter(names: Iterable[str]) -> FilterConfig | None:
    categories = tuple(FilterCategory(category=name) for name in names)
    return FilterConfig(categories=categories) if categories else None


def _entities(names: Iterable[str]) -> EntityConfig | None:
    entities = tuple(EntityKind(type=name) for name in names)
    return EntityConfig(entities=entities) if entities else None


def _encode_message(message: Message) -> CheckedMessage:
    return CheckedMessage(role=message.role, content=tuple(map(_encode_block, message.content)))


def _encode_block(block: Block) -> CheckedContent:
    if isinstance(block, Text | GuardText):
        return CheckedContent(text=block.text)
    if isinstance(block, Foreign) and block.api == API:
        return CheckedContent(surplus=Surplus({}, block.raw))
    raise UnsupportedError(
        f"Guardrail checks read text, not a block of the kind {type(block).__name__}",
        hint="leave it out",
    )
