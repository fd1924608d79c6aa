"""What a guardrail found, policy by policy: the answer of ApplyGuardrail.

Place in the house: the guardrail codec.

Source: service model of bedrock-runtime as in botocore 1.44.5, shape ApplyGuardrailResponse and
all below; what automated reasoning found stands in `findings`.
"""

from typing import Final

from outcrop.codecs.guardrails.findings import AutomatedReasoningPolicy
from outcrop.protocols.shape import Shape, reader_of


class Topic(Shape, kw_only=True):
    """A subject that the guardrail knows."""

    name: str
    type: str
    """``"DENY"``."""
    action: str
    """``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class TopicPolicy(Shape):
    """Subjects that shall not be spoken of."""

    topics: tuple[Topic, ...]


class ContentFilter(Shape, kw_only=True):
    """A kind of harm."""

    type: str
    """``"INSULTS"``, ``"HATE"``, ``"SEXUAL"``, ``"VIOLENCE"``, ``"MISCONDUCT"`` or
    ``"PROMPT_ATTACK"``."""
    confidence: str
    """How sure the guardrail is: ``"NONE"``, ``"LOW"``, ``"MEDIUM"`` or ``"HIGH"``."""
    filter_strength: str | None = None
    """How easily it is stopped, in the same words."""
    action: str
    """``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class ContentPolicy(Shape):
    """Kinds of harm."""

    filters: tuple[ContentFilter, ...]


class CustomWord(Shape):
    """A word that the guardrail's owner listed."""

    match: str
    action: str
    """``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class ManagedWord(Shape):
    """A word that AWS listed."""

    match: str
    type: str
    """``"PROFANITY"``."""
    action: str
    """``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class WordPolicy(Shape):
    """Words that shall not be said."""

    custom_words: tuple[CustomWord, ...]
    managed_word_lists: tuple[ManagedWord, ...]


class PiiEntity(Shape):
    """Something that belongs to a person."""

    match: str
    type: str
    """``"EMAIL"``, ``"PHONE"``, ``"NAME"`` ..."""
    action: str
    """``"ANONYMIZED"``, ``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class Regex(Shape, kw_only=True):
    """Something that matches a pattern of the guardrail's owner."""

    name: str | None = None
    match: str | None = None
    regex: str | None = None
    action: str
    """``"ANONYMIZED"``, ``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class SensitiveInformationPolicy(Shape):
    """What shall stay private."""

    pii_entities: tuple[PiiEntity, ...]
    regexes: tuple[Regex, ...]


class GroundingFilter(Shape):
    """How well an answer keeps to its sources, or to the question."""

    type: str
    """``"GROUNDING"`` or ``"RELEVANCE"``."""
    threshold: float
    """Less is stopped; 0 to 1."""
    score: float
    """0 to 1."""
    action: str
    """``"BLOCKED"`` or ``"NONE"``."""
    detected: bool | None = None


class ContextualGroundingPolicy(Shape):
    """How well an answer keeps to what it was given."""

    filters: tuple[GroundingFilter, ...] | None = None


class GuardrailUsage(Shape, kw_only=True):
    """What was billed, in units of each policy."""

    topic_policy_units: int
    content_policy_units: int
    word_policy_units: int
    sensitive_information_policy_units: int
    sensitive_information_policy_free_units: int
    contextual_grounding_policy_units: int
    content_policy_image_units: int | None = None
    automated_reasoning_policy_units: int | None = None
    automated_reasoning_policies: int | None = None


class Covered(Shape):
    """How much was assessed, characters or pictures."""

    guarded: int | None = None
    total: int | None = None


class Coverage(Shape):
    """How much of what was given was assessed."""

    text_characters: Covered | None = None
    images: Covered | None = None


class InvocationMetrics(Shape):
    """What the assessment took."""

    guardrail_processing_latency: int | None = None
    """Milliseconds."""
    usage: GuardrailUsage | None = None
    guardrail_coverage: Coverage | None = None


class AppliedGuardrail(Shape):
    """Which guardrail assessed, and who wanted it."""

    guardrail_id: str | None = None
    guardrail_version: str | None = None
    guardrail_arn: str | None = None
    guardrail_origin: tuple[str, ...] | None = None
    """``"REQUEST"``, ``"ACCOUNT_ENFORCED"``, ``"ORGANIZATION_ENFORCED"``."""
    guardrail_ownership: str | None = None
    """``"SELF"`` or ``"CROSS_ACCOUNT"``."""


class Assessment(Shape):
    """What one guardrail found. A policy that it does not have, or that found nothing, is None."""

    topic_policy: TopicPolicy | None = None
    content_policy: ContentPolicy | None = None
    word_policy: WordPolicy | None = None
    sensitive_information_policy: SensitiveInformationPolicy | None = None
    contextual_grounding_policy: ContextualGroundingPolicy | None = None
    automated_reasoning_policy: AutomatedReasoningPolicy | None = None
    invocation_metrics: InvocationMetrics | None = None
    applied_guardrail_details: AppliedGuardrail | None = None


class Output(Shape):
    """What shall be said instead."""

    text: str | None = None


class GuardrailAnswer(Shape, kw_only=True):
    """What a guardrail says to what it was given."""

    usage: GuardrailUsage
    action: str
    """``"NONE"`` or ``"GUARDRAIL_INTERVENED"``."""
    action_reason: str | None = None
    outputs: tuple[Output, ...]
    """What shall be said instead: its own words, or the text with private parts masked."""
    assessments: tuple[Assessment, ...]
    guardrail_coverage: Coverage | None = None


decode_answer: Final = reader_of(GuardrailAnswer)
"""Reads the answer of ApplyGuardrail; raises `WireError` where it is none."""
