"""Guardrails on their own: ApplyGuardrail and InvokeGuardrailChecks.

Place in the house: codecs. Guardrails inside a call to a model belong to that call's codec.

Both operations are AWS's alone, so their answers have no canonical form beside their shapes; what
is assessed is given in the blocks of a conversation.
"""

from outcrop.codecs.guardrails.assessments import GuardrailAnswer, decode_answer
from outcrop.codecs.guardrails.checks import ChecksAnswer, decode_checks, encode_checks
from outcrop.codecs.guardrails.content import API, encode_apply

__all__ = [
    "API",
    "ChecksAnswer",
    "GuardrailAnswer",
    "decode_answer",
    "decode_checks",
    "encode_apply",
    "encode_checks",
]
