"""Which models can be called: what is asked, page by page, and the one list made of it."""

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from outcrop import errors
from outcrop.flow.effects import Flow
from outcrop.flow.listing import (
    FoundationModel,
    InferenceProfile,
    Lifecycle,
    ModelInfo,
    ProfileModel,
    foundation_models,
    inference_profiles,
    merge,
)
from outcrop.http import HttpResponse, header
from outcrop.protocols.endpoints import parse_base_url
from outcrop.settings.credentials import CredentialChoice
from tests.flow.script import REQUEST_ID, Runner, Script, blocking, each_runner, refusal, target
from tests.recordings import Interaction, cases

CONTROL = parse_base_url("https://bedrock.us-east-1.amazonaws.com", "test")


def answer(body: object) -> HttpResponse:
    return HttpResponse(
        status=200,
        headers=(("x-amzn-requestid", REQUEST_ID),),
        body=msgspec.json.encode(body),
    )


def models(script: Script, **more: Any) -> Flow[tuple[FoundationModel, ...]]:
    return foundation_models(target("", endpoint=CONTROL, **more), script.session)


def profiles(script: Script, kind: str = "SYSTEM_DEFINED") -> Flow[tuple[InferenceProfile, ...]]:
    return inference_profiles(target("", endpoint=CONTROL), script.session, kind)


def profile(name: str, **more: Any) -> InferenceProfile:
    """Return a profile as AWS names them, leading to the model of its own name."""
    model = name.partition(".")[2]
    arn = f"arn:aws:bedrock:us-east-1::foundation-model/{model}"
    return InferenceProfile(
        inference_profile_id=name,
        inference_profile_arn=f"arn:aws:bedrock:us-east-1:1:inference-profile/{name}",
        **({"models": (ProfileModel(arn),), "status": "ACTIVE", "type": "SYSTEM_DEFINED"} | more),
    )


@each_runner
def test_foundation_models(drive: Runner) -> None:
    """LIST-01: text models, of whatever vendor and with whatever members."""
    rows = {
        "modelSummaries": [
            {"modelId": "a.m", "providerName": None, "inferenceTypesSupported": ["SOMETHING_NEW"]},
            {"modelId": "b.m", "brandNewMember": {"x": 1}, "modelLifecycle": None},
        ]
    }
    script = Script(answer(rows))

    found = drive(models(script), script)

    assert [row.model_id for row in found] == ["a.m", "b.m"]
    [sent] = script.requests
    assert (sent.method, sent.body) == ("GET", b"")
    assert str(sent.origin) == "https://bedrock.us-east-1.amazonaws.com"
    assert sent.target == "/foundation-models?byOutputModality=TEXT"
    assert header(sent.headers, "authorization").startswith("AWS4-HMAC-SHA256 ")


@each_runner
def test_all_pages(drive: Runner) -> None:
    """LIST-02: every page is asked for, with the token as AWS gave it."""
    one = {"inferenceProfileSummaries": [_row("us.a.m")], "nextToken": "a/b+c=="}
    two = {"inferenceProfileSummaries": [_row("us.b.m")], "nextToken": None}
    script = Script(answer(one), answer(two))

    found = drive(profiles(script, "APPLICATION"), script)

    assert [row.inference_profile_id for row in found] == ["us.a.m", "us.b.m"]
    assert [sent.target for sent in script.requests] == [
        "/inference-profiles?maxResults=1000&type=APPLICATION",
        "/inference-profiles?maxResults=1000&nextToken=a%2Fb%2Bc%3D%3D&type=APPLICATION",
    ]


def _row(name: str) -> dict[str, str]:
    return {"inferenceProfileId": name, "inferenceProfileArn": f"arn:x/{name}"}


def test_token_that_repeats() -> None:
    """A service that gives the same token again does not keep a client for ever."""
    page = {"inferenceProfileSummaries": [_row("us.a.m")], "nextToken": "again"}
    script = Script(*[answer(page)] * 9)

    found = blocking(profiles(script), script)

    assert len(script.requests) == 2
    assert len(found) == 2


@pytest.mark.parametrize("body", [{}, {"modelSummaries": None, "inferenceProfileSummaries": None}])
def test_nothing_listed(body: object) -> None:
    script = Script(answer(body), answer(body))

    assert blocking(models(script), script) == ()
    assert blocking(profiles(script), script) == ()


@each_runner
def test_refused(drive: Runner) -> None:
    """LIST-04: a failure says which list, and is retried like any other."""
    script = Script(
        refusal(500, "InternalServerException"), refusal(403, "AccessDeniedException", "no")
    )

    with pytest.raises(errors.PermissionDeniedError) as caught:
        drive(profiles(script), script)

    error = caught.value
    assert (error.operation, error.attempts) == ("ListInferenceProfiles", 2)
    assert error.endpoint == "https://bedrock.us-east-1.amazonaws.com"


def test_wrong_clock() -> None:
    """WIRE-05 holds on the control plane too."""
    skewed = refusal(403, "RequestTimeTooSkewed", "", (("date", "Fri, 02 Jan 2026 03:34:05 GMT"),))
    script = Script(skewed, answer({}))

    blocking(models(script), script)

    assert header(script.requests[1].headers, "x-amz-date") == "20260102T033405Z"


def test_answer_that_is_no_list() -> None:
    script = Script(HttpResponse(status=200, body=b"<html>"))

    with pytest.raises(errors.WireError, match="ListFoundationModels answered what is no list"):
        blocking(models(script), script)


def test_no_credentials() -> None:
    script = Script()

    with pytest.raises(errors.AuthenticationError):
        blocking(models(script, credentials=CredentialChoice()), script)

    assert script.requests == []


@pytest.mark.parametrize("recorded", cases("list_foundation_models"))
def test_recorded_models(recorded: Interaction) -> None:
    """The list as AWS sent it: every row is read, and what only profiles reach is left out."""
    script = Script(HttpResponse(status=200, body=recorded.response.data))
    listed = recorded.response_body["modelSummaries"]

    rows = blocking(models(script), script)

    assert [row.model_id for row in rows] == [each["modelId"] for each in listed]
    on_demand = {
        each["modelId"] for each in listed if "ON_DEMAND" in each["inferenceTypesSupported"]
    }
    merged = merge(rows, ())
    assert {info.id for info in merged} == on_demand
    nova = next(info for info in merged if info.id == "amazon.nova-micro-v1:0")
    assert (nova.name, nova.owned_by, nova.streaming) == ("Nova Micro", "amazon", True)
    assert (nova.inputs, nova.outputs, nova.lifecycle) == (("TEXT",), ("TEXT",), "ACTIVE")


@pytest.mark.parametrize("recorded", cases("list_inference_profiles"))
def test_recorded_profiles(recorded: Interaction) -> None:
    script = Script(HttpResponse(status=200, body=json.dumps(recorded.response_body).encode()))

    rows = blocking(profiles(script), script)

    listed = recorded.response_body["inferenceProfileSummaries"]
    assert [info.id for info in merge((), rows)] == sorted(
        each["inferenceProfileId"] for each in listed
    )


def test_merged_list() -> None:
    """One list, sorted by id: on-demand models, and profiles with what their model tells."""
    rows = (
        FoundationModel(
            model_id="z.on-demand",
            model_name="Z",
            provider_name="Zed AI",
            inference_types_supported=("ON_DEMAND",),
        ),
        FoundationModel(
            model_id="a.by-profile",
            model_name="A",
            provider_name="Anthropic",
            input_modalities=("TEXT", "IMAGE"),
            output_modalities=("TEXT",),
            response_streaming_supported=True,
            inference_types_supported=("INFERENCE_PROFILE",),
            model_lifecycle=Lifecycle(status="LEGACY", start_of_life_time="2025-01-01T00:00:00Z"),
        ),
    )

    listed = merge(rows, (profile("us.a.by-profile", inference_profile_name="US A"),))

    assert listed == (
        ModelInfo(
            id="us.a.by-profile",
            name="US A",
            provider="Anthropic",
            source="inference-profile",
            inputs=("TEXT", "IMAGE"),
            outputs=("TEXT",),
            streaming=True,
            lifecycle="LEGACY",
            created=1_735_689_600,
        ),
        ModelInfo(id="z.on-demand", name="Z", provider="Zed AI", source="foundation-model"),
    )
    assert [info.owned_by for info in listed] == ["anthropic", "zed ai"]


@pytest.mark.parametrize(
    ("each", "listed"),
    [
        pytest.param(profile("us.a.text"), True, id="text"),
        pytest.param(profile("us.a.image"), False, id="image"),
        pytest.param(profile("us.a.text", status="INACTIVE"), False, id="inactive"),
        pytest.param(profile("us.a.text", status=None), True, id="no-status"),
        pytest.param(profile("us.a.text", models=None), False, id="no-models"),
    ],
)
def test_profiles_of_text_models(each: InferenceProfile, *, listed: bool) -> None:
    """LIST-02: whether a profile answers with text is known from the first list."""
    rows = (FoundationModel(model_id="a.text"),)

    assert bool(merge(rows, (each,))) is listed


def test_profiles_without_the_first_list() -> None:
    """LIST-04: where that list failed, every profile is kept rather than none."""
    [info] = merge((), (profile("us.a.image"),))

    assert (info.id, info.owned_by, info.name) == ("us.a.image", "bedrock", "us.a.image")


def test_application_profiles_go_by_arn() -> None:
    own = profile("x.a.text", type="APPLICATION", inference_profile_name="mine")

    [info] = merge((FoundationModel(model_id="a.text", provider_name="A"),), (own,))

    assert info.id == "arn:aws:bedrock:us-east-1:1:inference-profile/x.a.text"
    assert (info.name, info.source, info.provider) == ("mine", "application-profile", "A")


def test_listed_once() -> None:
    twice = (profile("us.a.text"), profile("us.a.text"))

    assert len(merge((FoundationModel(model_id="a.text"),), twice)) == 1


@pytest.fixture
def in_tokyo() -> Iterator[None]:
    """Let the machine stand in another zone than the tests usually run in."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("in_tokyo")
@pytest.mark.parametrize(
    ("start", "created"),
    [
        ("2025-01-01T00:00:00Z", 1_735_689_600),
        ("2025-01-01T00:00:00+00:00", 1_735_689_600),
        # Wherever this machine stands.
        ("2025-01-01T00:00:00", 1_735_689_600),
        (1735689600.5, 1_735_689_600),
        (None, 1_677_628_800),
        ("", 1_677_628_800),
        ("soon", 1_677_628_800),
    ],
)
def test_created(start: str | float | None, created: int) -> None:
    """LIST-05: the start of life where AWS tells it, else a moment that never changes."""
    row = FoundationModel(
        model_id="a.m",
        inference_types_supported=("ON_DEMAND",),
        model_lifecycle=Lifecycle(start_of_life_time=start),
    )

    assert merge((row,), ())[0].created == created
