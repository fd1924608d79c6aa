"""The control plane's lists, in AWS's shapes and with AWS's filters."""

from typing import Any

import msgspec
import pytest

from outcrop.emulator.listings import (
    get_model,
    get_profile,
    list_models,
    list_profiles,
    read_query,
)
from outcrop.emulator.refusals import Refusal
from outcrop.emulator.rules import reach_model

REGION = "us-east-1"


def models(region: str = REGION, **filters: Any) -> list[dict[str, Any]]:
    """Return the list of models as it goes out."""
    encoded = msgspec.json.encode(list_models(region, filters))
    found: list[dict[str, Any]] = msgspec.json.decode(encoded)["modelSummaries"]
    return found


def profiles(region: str = REGION, **asked: Any) -> dict[str, Any]:
    """Return a page of profiles as it goes out."""
    page: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(list_profiles(region, asked)))
    return page


def test_summary() -> None:
    """Every member that AWS's shape has, and the ARN of the region asked."""
    found = next(each for each in models("eu-west-1") if each["modelId"] == "amazon.nova-lite-v1:0")

    assert found == {
        "modelArn": "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0",
        "modelId": "amazon.nova-lite-v1:0",
        "modelName": "Nova Lite",
        "providerName": "Amazon",
        "inputModalities": ["TEXT", "IMAGE", "VIDEO"],
        "outputModalities": ["TEXT"],
        "responseStreamingSupported": True,
        "customizationsSupported": [],
        "inferenceTypesSupported": found["inferenceTypesSupported"],
        "modelLifecycle": {"status": "ACTIVE"},
    }


def test_what_is_listed_is_served() -> None:
    """A model that is listed can be called: by its id, or where it needs one, by a profile."""
    for each in models():
        if "ON_DEMAND" in each["inferenceTypesSupported"]:
            reach_model(each["modelId"])
    for each in profiles()["inferenceProfileSummaries"]:
        reach_model(each["inferenceProfileId"])
        reach_model(each["inferenceProfileArn"])


@pytest.mark.parametrize(
    ("filters", "member", "value"),
    [
        ({"byProvider": "anthropic"}, "providerName", "Anthropic"),
        ({"byOutputModality": "TEXT"}, "outputModalities", "TEXT"),
        ({"byInferenceType": "ON_DEMAND"}, "inferenceTypesSupported", "ON_DEMAND"),
    ],
)
def test_filters(filters: dict[str, str], member: str, value: str) -> None:
    """Each filter keeps what it names, and nothing else."""
    kept = models(**filters)
    left = [each for each in models() if each not in kept]

    assert kept
    assert all(value in each[member] for each in kept)
    assert all(value not in each[member] for each in left)


def test_nothing_can_be_customised() -> None:
    """So that filter keeps nothing."""
    assert models(byCustomizationType="FINE_TUNING") == []


def test_profile() -> None:
    """As AWS lists it, for the region and account that are played."""
    profile = msgspec.json.decode(
        msgspec.json.encode(get_profile("us-west-2", "us.anthropic.claude-haiku-4-5-20251001-v1:0"))
    )

    assert profile == {
        "inferenceProfileName": "US Anthropic Claude Haiku 4.5",
        "inferenceProfileArn": (
            "arn:aws:bedrock:us-west-2:123456789012:inference-profile/"
            "us.anthropic.claude-haiku-4-5-20251001-v1:0"
        ),
        "inferenceProfileId": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "description": "Routes requests to Anthropic Claude Haiku 4.5 in us-west-2 and us-east-1.",
        "models": [
            {
                "modelArn": (
                    f"arn:aws:bedrock:{region}::foundation-model/"
                    "anthropic.claude-haiku-4-5-20251001-v1:0"
                )
            }
            for region in ("us-west-2", "us-east-1")
        ],
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


@pytest.mark.parametrize(
    ("region", "prefixes"),
    [("us-east-1", {"us", "global"}), ("eu-west-1", {"eu", "global"})],
)
def test_profiles_of_a_region(region: str, prefixes: set[str]) -> None:
    """Only those that can be called from there."""
    found = profiles(region)["inferenceProfileSummaries"]

    assert {each["inferenceProfileId"].partition(".")[0] for each in found} == prefixes


@pytest.mark.parametrize(
    ("region", "start"),
    [
        ("us-gov-west-1", "arn:aws-us-gov:bedrock:us-gov-west-1::"),
        ("cn-north-1", "arn:aws-cn:bedrock:cn-north-1::"),
    ],
)
def test_partition(region: str, start: str) -> None:
    """ARNs of other partitions begin otherwise."""
    assert models(region)[0]["modelArn"].startswith(start)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_pages_join_to_the_whole(size: int) -> None:
    """No profile is lost or doubled at the edge of a page."""
    joined: list[Any] = []
    page = profiles(maxResults=size)
    joined += page["inferenceProfileSummaries"]
    while "nextToken" in page:
        page = profiles(maxResults=size, nextToken=page["nextToken"])
        joined += page["inferenceProfileSummaries"]

    assert joined == profiles()["inferenceProfileSummaries"]


def test_application_profiles() -> None:
    """The emulated account has made none."""
    assert profiles(typeEquals="APPLICATION") == {"inferenceProfileSummaries": []}


@pytest.mark.parametrize("token", ["AAAA", "!", "b3V0Y3JvcC8tMQ=="])
def test_foreign_page_token(token: str) -> None:
    """A token of somebody else is refused, not guessed."""
    with pytest.raises(Refusal, match="nextToken is invalid"):
        profiles(nextToken=token)


def test_unknown() -> None:
    """Both lookups say so."""
    with pytest.raises(Refusal) as model:
        get_model(REGION, "us.nobody.x")
    with pytest.raises(Refusal) as profile:
        get_profile(REGION, "us.nobody.x")

    assert (model.value.status, model.value.code) == (404, "ResourceNotFoundException")
    assert (profile.value.status, profile.value.code) == (404, "ResourceNotFoundException")


def test_query() -> None:
    """Parameters by AWS's names, unknown ones ignored, numbers read."""
    asked = read_query("ListInferenceProfiles", b"maxResults=10&type=APPLICATION&x=1")

    assert asked == {"maxResults": 10, "typeEquals": "APPLICATION"}
    assert read_query("ListFoundationModels", b"byProvider=Mistral%20AI") == {
        "byProvider": "Mistral AI"
    }


@pytest.mark.parametrize(
    ("operation", "query", "words"),
    [
        ("ListInferenceProfiles", b"maxResults=0", "greater than or equal to 1"),
        ("ListInferenceProfiles", b"maxResults=1001", "less than or equal to 1000"),
        ("ListInferenceProfiles", b"maxResults=x", "can not be converted to a Integer"),
        ("ListInferenceProfiles", b"type=OTHER", "[SYSTEM_DEFINED, APPLICATION]"),
        ("ListFoundationModels", b"byOutputModality=SMELL", "[TEXT, IMAGE, EMBEDDING]"),
    ],
)
def test_bad_query(operation: str, query: bytes, words: str) -> None:
    """Held to the service model like bodies."""
    with pytest.raises(Refusal) as caught:
        read_query(operation, query)

    assert caught.value.status == 400
    assert words in caught.value.message
