"""Guardrail shapes know every member of AWS's service model, and lose none that it lacks.

A member or a word that a new botocore brings fails here first.
"""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.guardrails.assessments import GuardrailAnswer
from outcrop.codecs.guardrails.checks import ChecksAnswer, ChecksRequest
from outcrop.codecs.guardrails.content import ApplyGuardrailRequest
from outcrop.protocols.lossless import encode
from outcrop.protocols.shape import Shape, reader_of
from tests.codecs.contract import NEW, documents, enums_of, hold, objects_in, service

RUNTIME = service("bedrock-runtime")
SHAPES: dict[str, type[Shape]] = {
    "ApplyGuardrailRequest": ApplyGuardrailRequest,
    "ApplyGuardrailResponse": GuardrailAnswer,
    "InvokeGuardrailChecksRequest": ChecksRequest,
    "InvokeGuardrailChecksResponse": ChecksAnswer,
}
PRIVATE = {
    "ADDRESS",
    "AGE",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "CA_HEALTH_NUMBER",
    "CA_SOCIAL_INSURANCE_NUMBER",
    "CREDIT_DEBIT_CARD_CVV",
    "CREDIT_DEBIT_CARD_EXPIRY",
    "CREDIT_DEBIT_CARD_NUMBER",
    "DRIVER_ID",
    "EMAIL",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
    "IP_ADDRESS",
    "LICENSE_PLATE",
    "MAC_ADDRESS",
    "NAME",
    "PASSWORD",
    "PHONE",
    "PIN",
    "SWIFT_CODE",
    "UK_NATIONAL_HEALTH_SERVICE_NUMBER",
    "UK_NATIONAL_INSURANCE_NUMBER",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER",
    "URL",
    "USERNAME",
    "US_BANK_ACCOUNT_NUMBER",
    "US_BANK_ROUTING_NUMBER",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER",
    "US_PASSPORT_NUMBER",
    "US_SOCIAL_SECURITY_NUMBER",
    "VEHICLE_IDENTIFICATION_NUMBER",
}
WORDS = {
    "GuardrailAction": {"NONE", "GUARDRAIL_INTERVENED"},
    "GuardrailAutomatedReasoningLogicWarningType": {"ALWAYS_FALSE", "ALWAYS_TRUE"},
    "GuardrailChecksContentFilterCategory": {
        "VIOLENCE",
        "HATE",
        "SEXUAL",
        "MISCONDUCT",
        "INSULTS",
    },
    "GuardrailChecksPromptAttackCategory": {"JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE"},
    "GuardrailChecksRole": {"user", "assistant", "system"},
    "GuardrailChecksSensitiveInformationEntityType": PRIVATE,
    "GuardrailContentFilterConfidence": {"NONE", "LOW", "MEDIUM", "HIGH"},
    "GuardrailContentFilterStrength": {"NONE", "LOW", "MEDIUM", "HIGH"},
    "GuardrailContentFilterType": {
        "INSULTS",
        "HATE",
        "SEXUAL",
        "VIOLENCE",
        "MISCONDUCT",
        "PROMPT_ATTACK",
    },
    "GuardrailContentPolicyAction": {"BLOCKED", "NONE"},
    "GuardrailContentQualifier": {"grounding_source", "query", "guard_content"},
    "GuardrailContentSource": {"INPUT", "OUTPUT"},
    "GuardrailContextualGroundingFilterType": {"GROUNDING", "RELEVANCE"},
    "GuardrailContextualGroundingPolicyAction": {"BLOCKED", "NONE"},
    "GuardrailImageFormat": {"png", "jpeg"},
    "GuardrailManagedWordType": {"PROFANITY"},
    "GuardrailOrigin": {"REQUEST", "ACCOUNT_ENFORCED", "ORGANIZATION_ENFORCED"},
    "GuardrailOutputScope": {"INTERVENTIONS", "FULL"},
    "GuardrailOwnership": {"SELF", "CROSS_ACCOUNT"},
    "GuardrailPiiEntityType": PRIVATE,
    "GuardrailSensitiveInformationPolicyAction": {"ANONYMIZED", "BLOCKED", "NONE"},
    "GuardrailTopicPolicyAction": {"BLOCKED", "NONE"},
    "GuardrailTopicType": {"DENY"},
    "GuardrailWordPolicyAction": {"BLOCKED", "NONE"},
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_member_is_known(name: str) -> None:
    hold(RUNTIME.shape_for(name), SHAPES[name], name)


def test_every_word_is_known() -> None:
    """The docstrings list what AWS may say: a new word belongs there."""
    found: dict[str, set[str]] = {}
    for name in SHAPES:
        found |= enums_of(RUNTIME.shape_for(name))

    assert found == WORDS


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
@settings(max_examples=25)
def test_nothing_is_lost(name: str, data: st.DataObject) -> None:
    """Whatever AWS's model allows comes back, and all of it in typed members."""
    document = data.draw(documents(RUNTIME.shape_for(name)))

    value = reader_of(SHAPES[name])(msgspec.json.encode(document))

    assert msgspec.json.decode(encode(value)) == document
    assert value == msgspec.json.decode(msgspec.json.encode(document), type=SHAPES[name])


@pytest.mark.parametrize("name", SHAPES)
@given(data=st.data())
@settings(max_examples=25)
def test_what_is_new_is_kept(name: str, data: st.DataObject) -> None:
    """A member that AWS adds tomorrow, at any level, passes through unchanged."""
    document = data.draw(documents(RUNTIME.shape_for(name)))
    data.draw(st.sampled_from(objects_in(document)))[NEW] = {"a": [1]}

    value = reader_of(SHAPES[name])(msgspec.json.encode(document))

    assert msgspec.json.decode(encode(value)) == document
