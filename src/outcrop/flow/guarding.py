"""Guardrails on their own: assess something without calling a model.

Place in the house: flow. No I/O.

Source: behaviour specification, GUARD-03; ApplyGuardrail and InvokeGuardrailChecks of the Bedrock
API reference.
"""

from typing import Final

import msgspec

from outcrop.codecs.guardrails import (
    API,
    ChecksAnswer,
    GuardrailAnswer,
    decode_answer,
    decode_checks,
)
from outcrop.codecs.guardrails.assessments import Assessment
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Road, exchange, understand
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.protocols.percent import encode_segment
from outcrop.types.responses import Call

INTERVENED: Final = "GUARDRAIL_INTERVENED"


class GuardrailResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a guardrail says to what it was given."""

    answer: GuardrailAnswer
    """The whole answer, member by member as AWS gives it."""
    call: Call

    @property
    def intervened(self) -> bool:
        """Whether something was blocked or masked."""
        return self.answer.action == INTERVENED

    @property
    def text(self) -> str:
        """What shall be said instead; empty where the guardrail has nothing against it."""
        return "".join(output.text or "" for output in self.answer.outputs)

    @property
    def assessments(self) -> tuple[Assessment, ...]:
        """What was found, guardrail by guardrail."""
        return self.answer.assessments


class ChecksResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the checks found."""

    answer: ChecksAnswer
    """The whole answer, member by member as AWS gives it."""
    call: Call


def apply_guardrail(
    guardrail: str, version: str, body: bytes, target: Target, session: Session
) -> Flow[GuardrailResult]:
    """Have a guardrail assess something.

    Args:
        guardrail: Its id or ARN.
        version: Its version, or ``"DRAFT"``.
        body: As `outcrop.codecs.guardrails.encode_apply` writes it.
        target: Where the runtime is.
        session: The client's memory.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    path = f"/guardrail/{encode_segment(guardrail)}/version/{encode_segment(version)}/apply"
    road = Road(operation="ApplyGuardrail", api=API, path=path)
    invoked = yield from exchange(road, body, target, session)
    answer = understand(invoked, decode_answer, road, target)
    return GuardrailResult(answer=answer, call=invoked.call)


def guardrail_checks(body: bytes, target: Target, session: Session) -> Flow[ChecksResult]:
    """Check a conversation.

    Args:
        body: As `outcrop.codecs.guardrails.encode_checks` writes it.
        target: Where the runtime is.
        session: The client's memory.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="InvokeGuardrailChecks", api=API, path="/guardrail-checks/invoke")
    invoked = yield from exchange(road, body, target, session)
    answer = understand(invoked, decode_checks, road, target)
    return ChecksResult(answer=answer, call=invoked.call)
