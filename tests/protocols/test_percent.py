from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import BadRequestError
from outcrop.protocols.percent import (
    encode_component,
    encode_path,
    encode_segment,
    recode_component,
)


@given(st.text())
def test_encodes_as_the_standard_library_does(text: str) -> None:
    """`urllib.parse` is the reference; it is not used for what its import costs."""
    assert encode_component(text) == quote(text, safe="")
    assert encode_path(text) == quote(text, safe="/")


@given(st.text(min_size=1).filter(lambda text: text not in {".", ".."}))
def test_a_segment_stays_one(text: str) -> None:
    """`/` and `:` of an ARN do not reach the router of AWS."""
    segment = encode_segment(text)

    assert "/" not in segment
    assert unquote_to_bytes(segment) == text.encode()


def test_an_arn_as_a_segment() -> None:
    """The form that Bedrock documents."""
    arn = "arn:aws:bedrock:us-east-1::foundation-model/x.y-v1:0"

    assert encode_segment(arn) == (
        "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fx.y-v1%3A0"
    )


def test_a_long_id() -> None:
    """Ids too long for the memo take the other road, to the same end."""
    assert encode_segment("a:" * 2000) == "a%3A" * 2000


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_what_is_no_segment(text: str) -> None:
    """Any hop may resolve these away, and the request would reach another operation."""
    with pytest.raises(BadRequestError, match="cannot stand in a URL path"):
        encode_segment(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param("ሴ", "%E1%88%B4", id="raw"),
        pytest.param("%e1%88%b4", "%E1%88%B4", id="lower-case-escapes"),
        pytest.param("a%2Db", "a-b", id="escaped-needlessly"),
        pytest.param("a+b", "a%2Bb", id="plus-is-no-blank"),
        pytest.param("100%", "100%25", id="lone-percent"),
        pytest.param("%ff", "%FF", id="not-utf-8"),
    ],
)
def test_one_form_is_signed(given: str, expected: str) -> None:
    """However a query was written, AWS decodes it before it checks the signature."""
    assert recode_component(given) == expected
