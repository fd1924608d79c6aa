"""Names of models: read once, sent as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import BadRequestError
from outcrop.models.ids import VENDORS, ModelId, parse_model_id
from tests.recordings import Interaction, cases

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:"


@pytest.mark.parametrize(
    ("text", "wire", "geo", "base", "vendor"),
    [
        (HAIKU, HAIKU, "", HAIKU, "anthropic"),
        (f"us.{HAIKU}", f"us.{HAIKU}", "us", HAIKU, "anthropic"),
        (f"global.{HAIKU}", f"global.{HAIKU}", "global", HAIKU, "anthropic"),
        (f"apac.{HAIKU}", f"apac.{HAIKU}", "apac", HAIKU, "anthropic"),
        (f"jp.{HAIKU}", f"jp.{HAIKU}", "jp", HAIKU, "anthropic"),
        (f"au.{HAIKU}", f"au.{HAIKU}", "au", HAIKU, "anthropic"),
        (f"ca.{HAIKU}", f"ca.{HAIKU}", "ca", HAIKU, "anthropic"),
        (f"us-gov.{HAIKU}", f"us-gov.{HAIKU}", "us-gov", HAIKU, "anthropic"),
        (f"ap.{HAIKU}", f"apac.{HAIKU}", "apac", HAIKU, "anthropic"),
        (f"sa.{HAIKU}", f"sa.{HAIKU}", "sa", HAIKU, "anthropic"),
        ("us.maker.model-1", "us.maker.model-1", "us", "maker.model-1", "maker"),
        ("maker.model-1", "maker.model-1", "", "maker.model-1", "maker"),
        ("deepseek.v3.2", "deepseek.v3.2", "", "deepseek.v3.2", "deepseek"),
        ("zai.glm-4.7-flash", "zai.glm-4.7-flash", "", "zai.glm-4.7-flash", "zai"),
        ("emu.echo", "emu.echo", "", "emu.echo", "emu"),
        ("us.", "us.", "", "us.", "us"),
        ("mymodel", "mymodel", "", "mymodel", ""),
        ("org/model:tag", "org/model:tag", "", "org/model:tag", ""),
    ],
)
def test_plain_ids(text: str, wire: str, geo: str, base: str, vendor: str) -> None:
    """A geography is taken off for the family and kept on the wire."""
    read = parse_model_id(text)

    assert (read.wire, read.geo, read.base, read.vendor) == (wire, geo, base, vendor)
    assert read.kind == ("profile" if geo else "base")


@pytest.mark.parametrize(
    ("tail", "kind", "geo", "base"),
    [
        (f"inference-profile/us.{HAIKU}", "inference-profile", "us", HAIKU),
        ("application-inference-profile/1arbu5hu2sjr", "application-inference-profile", "", ""),
        ("provisioned-model/abcdef123456", "provisioned-model", "", ""),
        (
            "custom-model/amazon.nova-lite-v1:0:300k/abcdef123456",
            "custom-model",
            "",
            "amazon.nova-lite-v1:0:300k",
        ),
        ("custom-model-deployment/abcdef123456", "custom-model-deployment", "", ""),
        ("imported-model/abcdef123456", "imported-model", "", ""),
        ("prompt/ABCDEF1234:7", "prompt", "", ""),
        ("default-prompt-router/anthropic.claude:1", "default-prompt-router", "", ""),
        ("prompt-router/abcdef", "prompt-router", "", ""),
        ("something-new/abc", "other", "", ""),
    ],
)
def test_arns_of_an_account(tail: str, kind: str, geo: str, base: str) -> None:
    """Every kind of ARN that the service model names is told apart, and sent byte for byte."""
    read = parse_model_id(ARN + tail)

    assert (read.kind, read.geo, read.base) == (kind, geo, base)
    assert read.wire == ARN + tail
    assert (read.partition, read.region, read.account) == ("aws", "us-east-1", "123456789012")


@pytest.mark.parametrize(
    ("arn", "kind", "partition", "region"),
    [
        (
            f"arn:aws:bedrock:eu-west-1::foundation-model/{HAIKU}",
            "foundation-model",
            "aws",
            "eu-west-1",
        ),
        (
            f"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/{HAIKU}",
            "foundation-model",
            "aws-us-gov",
            "us-gov-west-1",
        ),
        (
            "arn:aws:sagemaker:us-east-1:123456789012:endpoint/endpoint-quick-start-idr7y",
            "endpoint",
            "aws",
            "us-east-1",
        ),
    ],
)
def test_other_arns(arn: str, kind: str, partition: str, region: str) -> None:
    """Region and partition of an ARN decide where a call goes."""
    read = parse_model_id(arn)

    assert (read.kind, read.partition, read.region) == (kind, partition, region)
    assert read.wire == arn


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        (f"bedrock/{HAIKU}", "bedrock"),
        (f"bedrock:{HAIKU}", "bedrock"),
        (f"bedrock-team-eu/{HAIKU}", "bedrock-team-eu"),
        (f"  {HAIKU}\n", "bedrock"),
    ],
)
def test_provider_prefix_is_taken_off(text: str, provider: str) -> None:
    """Ids copied from other gateways work."""
    read = parse_model_id(text)

    assert (read.wire, read.provider) == (HAIKU, provider)


def test_prefix_before_an_arn() -> None:
    """Only the first colon belongs to the prefix."""
    arn = f"{ARN}application-inference-profile/1arbu5hu2sjr"

    assert parse_model_id(f"bedrock:{arn}").wire == arn


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("claude-sonnet-4-6", "anthropic.claude-sonnet-4-6"),
        ("claude-opus-4-6", "anthropic.claude-opus-4-6-v1"),
        ("claude-haiku-4-5", HAIKU),
        ("claude-haiku-4-5-20251001", HAIKU),
        ("bedrock/claude-sonnet-5", "anthropic.claude-sonnet-5"),
    ],
)
def test_first_party_names(name: str, base: str) -> None:
    """What people know a model by elsewhere finds it here, and is reported."""
    read = parse_model_id(name)

    assert (read.wire, read.base, read.first_party) == (base, base, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("bedrock/", "empty"),
        ("claude haiku", "blank"),
        ("claude\u00a0haiku", "blank"),
        ("cl\x00aude", "blank"),
        ("claudé", "character that no id has"),
        ("x" * 2049, "2049 characters"),
        ("arn:aws:bedrock:us-east-1", "not a complete ARN"),
        ("arn:aws:s3:::bucket/key", "not a model"),
        (f"{ARN}guardrail/abcdef", "not a model"),
        ("arn:aws:sagemaker:us-east-1:123456789012:model/x", "not a model"),
    ],
)
def test_impossible_ids_are_refused(text: str, says: str) -> None:
    """A name that cannot be one is the caller's mistake, told before anything is sent."""
    with pytest.raises(BadRequestError, match=says):
        parse_model_id(text)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80))
def test_wire_is_what_was_given(text: str) -> None:
    """Ids that this version knows nothing of pass as they are."""
    try:
        read = parse_model_id(f"maker.{text}")
    except BadRequestError as error:
        pytest.fail(str(error))

    assert read.wire == f"maker.{text}"


@given(
    st.sampled_from(sorted(VENDORS)), st.sampled_from(["us", "eu", "apac", "global", "sa", "xx"])
)
def test_a_label_before_a_vendor_is_a_geography(vendor: str, label: str) -> None:
    """New geographies need no release."""
    read = parse_model_id(f"{label}.{vendor}.model-v1:0")

    assert (read.geo, read.base, read.vendor) == (label, f"{vendor}.model-v1:0", vendor)


# What the recordings' README calls a family, and the vendor label of its ids.
_VENDORS_OF = {"amazon-nova": "amazon", "amazon-titan": "amazon", "imported-model": ""}


@pytest.mark.parametrize("recorded", cases(where=lambda each: each.model_id is not None))
def test_recorded_ids(recorded: Interaction) -> None:
    """Every id that was really used parses, and its vendor is the family it was filed under."""
    read: ModelId = parse_model_id(recorded.model_id or "")

    assert read.wire == recorded.model_id
    if recorded.family != "unknown":
        assert read.vendor == _VENDORS_OF.get(recorded.family, recorded.family)
