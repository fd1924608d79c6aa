"""From what a caller wants assessed to the flows that have it assessed.

Place in the house: client. Both clients use guardrails by these.

Source: behaviour specification, GUARD-01 to GUARD-03.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias, TypedDict

from outcrop.client.ask import Conversation, messages_of, refuse_unknown
from outcrop.client.plan import Plan
from outcrop.codecs.guardrails import encode_apply, encode_checks
from outcrop.codecs.guardrails.content import Assessed
from outcrop.errors import BadRequestError
from outcrop.flow.effects import Flow
from outcrop.flow.guarding import (
    ChecksResult,
    GuardrailResult,
    apply_guardrail,
    guardrail_checks,
)
from outcrop.types.content import Foreign, GuardImage, GuardText

Assessable: TypeAlias = str | Assessed | Sequence[str | Assessed]
"""What a guardrail assesses: text, a picture, or several."""

DRAFT: Final = "DRAFT"
"""The version that is asked where none is named (GUARD-01)."""


class GuardrailOptions(TypedDict, total=False):
    """Which guardrail assesses, and how."""

    guardrail: str
    """Its id or ARN. Required."""
    version: str
    """``"DRAFT"`` by default."""
    source: str
    """``"INPUT"`` (default), as a user says it, or ``"OUTPUT"``, as a model does."""
    output_scope: str
    """``"INTERVENTIONS"``, what was found, or ``"FULL"``, what was looked for as well."""


class ChecksOptions(TypedDict, total=False):
    """What shall be looked for; at least one."""

    content_filter: Sequence[str]
    """``"VIOLENCE"``, ``"HATE"``, ``"SEXUAL"``, ``"MISCONDUCT"``, ``"INSULTS"``."""
    prompt_attack: Sequence[str]
    """``"JAILBREAK"``, ``"PROMPT_INJECTION"``, ``"PROMPT_LEAKAGE"``."""
    sensitive_information: Sequence[str]
    """``"EMAIL"``, ``"PHONE"``, ``"NAME"`` and AWS's other words for what is private."""


_GUARDRAIL: Final = frozenset(GuardrailOptions.__annotations__)
_CHECKS: Final = frozenset(ChecksOptions.__annotations__)


def plan_guardrail(
    plan: Plan, content: Assessable, options: GuardrailOptions
) -> Flow[GuardrailResult]:
    """Return the flow that has a guardrail assess something.

    Raises:
        BadRequestError: An option or the content has the wrong form.
    """
    given = _given(options, _GUARDRAIL)
    guardrail = given.get("guardrail")
    if not guardrail:
        raise BadRequestError("guardrail is required", hint="name its id or its ARN")
    body = encode_apply(_assessed(content), given.get("source", "INPUT"), given.get("output_scope"))
    version = given.get("version", DRAFT)
    return apply_guardrail(guardrail, version, body, plan.runtime_target(), plan.session)


def plan_checks(
    plan: Plan, conversation: Conversation, options: ChecksOptions
) -> Flow[ChecksResult]:
    """Return the flow that checks a conversation.

    Raises:
        BadRequestError: An option or the conversation has the wrong form.
    """
    given = {name: _names(name, said) for name, said in _given(options, _CHECKS).items()}
    if not any(given.values()):
        raise BadRequestError(
            "nothing to check for is named",
            hint=f"name kinds in one of {', '.join(sorted(_CHECKS))}",
        )
    body = encode_checks(messages_of(conversation), **given)
    return guardrail_checks(body, plan.runtime_target(), plan.session)


def _given(options: Any, known: frozenset[str]) -> dict[str, Any]:
    given = {name: said for name, said in options.items() if said is not None}
    refuse_unknown(given.keys() - known, known, "options")
    return given


def _names(option: str, said: Any) -> tuple[str, ...]:
    # A text is a sequence of letters, and none of them names anything.
    if isinstance(said, str):
        raise BadRequestError(f"{option} is a text", hint=f'write a list of names: ["{said}"]')
    return tuple(said)


def _assessed(content: Assessable) -> tuple[Assessed, ...]:
    if isinstance(content, str | GuardText | GuardImage | Foreign):
        return (_block(content),)
    return tuple(map(_block, content))


def _block(part: str | Assessed) -> Assessed:
    if isinstance(part, str):
        return GuardText(text=part)
    if not isinstance(part, GuardText | GuardImage | Foreign):
        raise BadRequestError(
            f"a guardrail assesses text and pictures, not a {type(part).__name__}",
            hint="give str, or GuardText and GuardImage of outcrop.types.content",
        )
    return part
