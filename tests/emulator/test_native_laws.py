"""Whatever stands in a native body, it is answered or refused: the emulator never fails."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.test_app import Client
from tests.emulator.test_native_bodies import ASKED, JURASSIC

LUNA = "us.openai.gpt-5.6-luna"
CLIENT = Client()

scalars = st.none() | st.booleans() | st.integers(-3, 9) | st.floats(-1, 2) | st.text(max_size=3)
names = st.sampled_from(
    ["role", "content", "text", "type", "messages", "tools", "stream", "system", "thinking"]
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=2),
    max_leaves=5,
)


@st.composite
def spoiled(draw: st.DrawFn, body: Any) -> Any:
    """Put something else somewhere into a body that is good."""
    if isinstance(body, dict) and body:
        name = draw(st.sampled_from(sorted(body)) | names)
        return {**body, name: draw(spoiled(body[name]) if name in body else values)}
    if isinstance(body, list) and body:
        return [draw(spoiled(body[0])), *body[1:], *draw(st.lists(values, max_size=1))]
    return draw(values)


@pytest.mark.parametrize("segment", ["invoke", "invoke-with-response-stream"])
@pytest.mark.parametrize("model", ASKED)
@given(data=st.data())
def test_native_bodies(model: str, segment: str, data: st.DataObject) -> None:
    body = data.draw(spoiled(ASKED[model][0]))

    answer = CLIENT.ask(f"/model/{quote(model, safe='')}/{segment}", body)

    assert answer.status in {200, 400}
    if model == JURASSIC and segment != "invoke":
        assert answer.status == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("chat/completions", {"messages": [{"role": "user", "content": "hi"}], "stream": True}),
        ("responses", {"input": [{"role": "user", "content": "hi"}], "stream": True}),
    ],
)
@given(data=st.data())
def test_openai_bodies(path: str, body: Any, data: st.DataObject) -> None:
    spoilt = data.draw(spoiled(body))
    asked = {**spoilt, "model": LUNA} if isinstance(spoilt, dict) else spoilt

    answer = CLIENT.ask(f"/openai/v1/{path}", asked)

    assert answer.status in {200, 400}
    if answer.status == 400:
        assert msgspec.json.decode(answer.body)["error"]["message"]
