"""What the emulator answers has the form of what AWS answered to the same body."""

from typing import Any

import msgspec
import pytest

from outcrop.emulator.invoking import answer_invoke
from tests.recordings import Interaction, cases

RECORDED = cases(
    "invoke",
    where=lambda each: (
        bool({"embedding", "rerank"} & {*each.features})
        and "application-" not in str(each.model_id)
    ),
)


def form(value: Any) -> Any:
    """Return what kinds of values stand where; numbers are one kind, lists tell their length."""
    if isinstance(value, dict):
        return {name: form(each) for name, each in value.items()}
    if isinstance(value, list):
        return [len(value), form(value[0])]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("recorded", RECORDED)
def test_form_of_the_answer(recorded: Interaction) -> None:
    """The same members, of the same kinds, in lists of the same length."""
    answer = answer_invoke(str(recorded.model_id), recorded.request.data, "request-1")

    assert form(msgspec.json.decode(answer.body)) == form(recorded.response_body)


@pytest.mark.parametrize("recorded", RECORDED)
def test_token_count(recorded: Interaction) -> None:
    """Where AWS counts in a header, so does the emulator; where not, not."""
    name = "x-amzn-bedrock-input-token-count"

    answer = answer_invoke(str(recorded.model_id), recorded.request.data, "request-1")

    assert (name in dict(answer.headers)) == (name in recorded.response.headers)
