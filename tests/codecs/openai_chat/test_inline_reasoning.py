"""Where reasoning inside the text ends, whatever the network cuts."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.openai_chat.inline_reasoning import InlineReasoning

TEXTS = st.text(st.sampled_from("<>/reasoning a"), max_size=30)
TAGGED = st.builds(
    lambda *pieces: "".join(pieces),
    st.sampled_from(["", "<reasoning>", "<reason"]),
    TEXTS,
    st.sampled_from(["", "</reasoning>", "</reas"]),
    TEXTS,
)


def split(*pieces: str) -> list[tuple[bool, str]]:
    splitter = InlineReasoning()
    found = [part for piece in pieces for part in splitter.feed(piece)] + splitter.close()
    runs = groupby(found, lambda part: part[0])
    return [(thought, "".join(text for _, text in run)) for thought, run in runs]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        pytest.param("<reasoning>a</reasoning>b", [(True, "a"), (False, "b")], id="both"),
        pytest.param("<reasoning>a", [(True, "a")], id="cut-off-while-thinking"),
        pytest.param("<reasoning>a</rea", [(True, "a</rea")], id="cut-off-within-the-tag"),
        pytest.param("<reas", [(False, "<reas")], id="never-a-tag"),
        pytest.param(
            "a<reasoning>b</reasoning>", [(False, "a<reasoning>b</reasoning>")], id="late"
        ),
        pytest.param("<reasoning></reasoning>b", [(False, "b")], id="no-thought"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_split(text: str, parts: list[tuple[bool, str]]) -> None:
    """Only what opens the answer is reasoning: later the tags are the model's own words."""
    assert split(text) == parts


@given(TAGGED, st.data())
def test_any_cut(text: str, data: st.DataObject) -> None:
    """A tag may arrive letter by letter."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))

    found = split(*(text[start:end] for start, end in pairwise([0, *cuts, len(text)])))

    assert found == split(text)


def test_text_is_not_held_back() -> None:
    """Once the answer has begun, nothing waits: a reader sees each word when it comes."""
    splitter = InlineReasoning()

    found = [splitter.feed(piece) for piece in ("Hi", " <", "there")]

    assert found == [[(False, "Hi")], [(False, " <")], [(False, "there")]]
