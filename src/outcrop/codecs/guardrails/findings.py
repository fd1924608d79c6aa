"""What automated reasoning found: whether claims follow from a policy's rules.

Place in the house: the guardrail codec.

Source: service model of bedrock-runtime as in botocore 1.44.5, shape
GuardrailAutomatedReasoningPolicyAssessment and all below.
"""

from typing import ClassVar

from outcrop.protocols.shape import Shape


class Statement(Shape):
    """One statement, as a formula and in words."""

    logic: str | None = None
    natural_language: str | None = None


class TextReference(Shape):
    """A part of the text that could not be made a formula."""

    text: str | None = None


class Translation(Shape):
    """What the text says, as formulas."""

    premises: tuple[Statement, ...] | None = None
    claims: tuple[Statement, ...] | None = None
    untranslated_premises: tuple[TextReference, ...] | None = None
    untranslated_claims: tuple[TextReference, ...] | None = None
    confidence: float | None = None
    """0 to 1."""


class Scenario(Shape):
    """A case, as an example."""

    statements: tuple[Statement, ...] | None = None


class Rule(Shape):
    """A rule of the policy."""

    identifier: str | None = None
    policy_version_arn: str | None = None


class LogicWarning(Shape):
    """The translation has a flaw of its own."""

    type: str | None = None
    """``"ALWAYS_FALSE"`` or ``"ALWAYS_TRUE"``."""
    premises: tuple[Statement, ...] | None = None
    claims: tuple[Statement, ...] | None = None


class ValidFinding(Shape):
    """The claims follow from the rules."""

    translation: Translation | None = None
    claims_true_scenario: Scenario | None = None
    supporting_rules: tuple[Rule, ...] | None = None
    logic_warning: LogicWarning | None = None


class InvalidFinding(Shape):
    """The claims contradict the rules."""

    translation: Translation | None = None
    contradicting_rules: tuple[Rule, ...] | None = None
    logic_warning: LogicWarning | None = None


class SatisfiableFinding(Shape):
    """The claims may be true or false."""

    translation: Translation | None = None
    claims_true_scenario: Scenario | None = None
    claims_false_scenario: Scenario | None = None
    logic_warning: LogicWarning | None = None


class ImpossibleFinding(Shape):
    """The premises contradict the rules, or themselves."""

    translation: Translation | None = None
    contradicting_rules: tuple[Rule, ...] | None = None
    logic_warning: LogicWarning | None = None


class TranslationOption(Shape):
    """One way to read the text."""

    translations: tuple[Translation, ...] | None = None


class AmbiguousFinding(Shape):
    """The text can be read in several ways."""

    options: tuple[TranslationOption, ...] | None = None
    difference_scenarios: tuple[Scenario, ...] | None = None


class TooComplexFinding(Shape):
    """The text is too long or too intricate."""


class NoTranslationsFinding(Shape):
    """Nothing in the text concerns the policy."""


class Finding(Shape):
    """One result; exactly one member is set."""

    union: ClassVar[bool] = True

    valid: ValidFinding | None = None
    invalid: InvalidFinding | None = None
    satisfiable: SatisfiableFinding | None = None
    impossible: ImpossibleFinding | None = None
    translation_ambiguous: AmbiguousFinding | None = None
    too_complex: TooComplexFinding | None = None
    no_translations: NoTranslationsFinding | None = None


class AutomatedReasoningPolicy(Shape):
    """What was found."""

    findings: tuple[Finding, ...] | None = None
