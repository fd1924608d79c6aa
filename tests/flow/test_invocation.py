"""Calls that are no conversation: what AWS tells of an application profile."""

import pytest

from outcrop.flow.invocation import model_behind
from outcrop.http import HttpResponse
from outcrop.protocols.endpoints import parse_base_url
from tests.flow.script import Script, blocking, target
from tests.recordings import Interaction, cases

CONTROL = target("", endpoint=parse_base_url("https://bedrock.us-east-1.amazonaws.com", "test"))


def is_profile(recorded: Interaction) -> bool:
    return recorded.operation == "GetInferenceProfile"


@pytest.mark.parametrize("recorded", cases("other", where=is_profile))
def test_recorded_profile(recorded: Interaction) -> None:
    """MODEL-04: AWS names the model behind the profile once for each region; all are one model."""
    script = Script(HttpResponse(status=200, body=recorded.response.data))

    behind = blocking(model_behind(target(str(recorded.model_id)), CONTROL, script.session), script)

    models = [each["modelArn"] for each in recorded.response_body["models"]]
    assert behind == models[0]
    assert {arn.rpartition("/")[2] for arn in models} == {
        "anthropic.claude-haiku-4-5-20251001-v1:0"
    }
