"""Reasoning that clients carry for us comes back as it was, or is not taken for ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.openai_responses.sealed import seal, unseal
from outcrop.types.content import Reasoning, RedactedReasoning

BLOCKS = st.builds(
    Reasoning,
    text=st.text(st.characters(codec="utf-8")),
    signature=st.none() | st.text(st.characters(codec="utf-8")),
) | st.builds(RedactedReasoning, data=st.binary())


@given(BLOCKS)
def test_law(block: Reasoning | RedactedReasoning) -> None:
    """A signature is valid for the very text it was made for."""
    assert unseal(seal(block)) == block


@pytest.mark.parametrize(
    "text", ["", "rsn_x", "gAAAA", "outcrop1.%", "outcrop1.bm8ganNvbg==", "outcrop2.e30="]
)
def test_others(text: str) -> None:
    """What another service sealed, and what was changed, is not ours to read."""
    assert unseal(text) is None
