"""Native bodies of any kind: an answer that the client's half reads, or a refusal, no failure."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.embeddings.table import EMBEDDINGS
from outcrop.codecs.images.table import IMAGES
from outcrop.codecs.rerank import agent, cohere
from outcrop.emulator.answers import Answer
from outcrop.emulator.invoking import answer_invoke
from outcrop.emulator.ranking import answer_rerank
from outcrop.emulator.refusals import Refusal
from outcrop.models.families import embedding_family, image_family

EMBEDDERS: dict[str, Any] = {
    "amazon.titan-embed-text-v1": {"inputText": "hi"},
    "amazon.titan-embed-text-v2:0": {"inputText": "hi", "dimensions": 256},
    "amazon.titan-embed-image-v1": {
        "inputText": "hi",
        "inputImage": "AAAA",
        "embeddingConfig": {"outputEmbeddingLength": 256},
    },
    "cohere.embed-english-v3": {"texts": ["hi"], "input_type": "search_query"},
    "cohere.embed-v4:0": {
        "inputs": [{"content": [{"type": "text", "text": "hi"}]}],
        "input_type": "search_query",
        "output_dimension": 256,
    },
    "amazon.nova-2-multimodal-embeddings-v1:0": {
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": {
            "embeddingPurpose": "GENERIC_INDEX",
            "embeddingDimension": 256,
            "text": {"truncationMode": "END", "value": "hi"},
        },
    },
    "us.twelvelabs.marengo-embed-2-7-v1:0": {"inputType": "text", "inputText": "hi"},
    "twelvelabs.marengo-embed-3-0-v1:0": {"inputType": "text", "text": {"inputText": "hi"}},
}
PAINTERS: dict[str, Any] = {
    "amazon.nova-canvas-v1:0": {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "hi"},
        "imageGenerationConfig": {"width": 320, "height": 320, "numberOfImages": 1},
    },
    "stability.stable-image-core-v1:1": {"prompt": "hi", "aspect_ratio": "1:1", "seed": 1},
}
RANKER = "cohere.rerank-v3-5:0"
RANKED: Any = {"query": "q", "documents": ["a", "b"], "top_n": 1}
BY_AGENT = json.loads(
    agent.encode_request(
        cohere.decode_request(
            msgspec.json.encode(RANKED), f"arn:aws:bedrock:us-east-1::foundation-model/{RANKER}"
        )
    )
)
WORDS = (
    "text",
    "image",
    "TEXT_IMAGE",
    "INPAINTING",
    "SINGLE_EMBEDDING",
    "search_query",
    "binary",
    "int8",
    "float",
    "TEXT",
    "INLINE",
    "data:image/png;base64,AAAA",
    "AAAA",
    "1:1",
    "16:9",
    "x:y",
    "1:0",
    "0:0",
    "png",
)

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)
values: Any = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner),
    max_leaves=6,
)


def spoiled(body: Any, draw: Any) -> Any:
    """Return `body` with some of its members left out, or replaced by anything."""
    choice = draw(st.integers(0, 9))
    if choice == 0:
        return draw(values)
    if isinstance(body, dict):
        kept = {name: each for name, each in body.items() if draw(st.integers(0, 9))}
        return {name: spoiled(each, draw) for name, each in kept.items()}
    if isinstance(body, list):
        return [spoiled(each, draw) for each in body]
    return body


@st.composite
def spoiled_bodies(draw: Any, body: Any) -> bytes:
    """Make bodies that are nearly right."""
    return msgspec.json.encode(spoiled(body, draw))


def attempt(model: str, data: bytes) -> Answer | None:
    """Return the answer; None where it is refused as Bedrock refuses."""
    try:
        return answer_invoke(model, data, "request-1")
    except Refusal as refusal:
        assert (refusal.status, bool(refusal.message)) == (400, True)  # noqa: PT017 - both may be
        return None


@pytest.mark.parametrize("model", EMBEDDERS)
@given(data=st.data())
@settings(max_examples=60)
def test_embedders(model: str, data: st.DataObject) -> None:
    """Whoever sends what, the emulator says something that Bedrock could say."""
    family = embedding_family(model)
    assert family is not None

    answer = attempt(model, data.draw(spoiled_bodies(EMBEDDERS[model])))

    assert answer is None or EMBEDDINGS[family.codec].decode_response(answer.body).items


@pytest.mark.parametrize("model", PAINTERS)
@given(data=st.data())
@settings(max_examples=60)
def test_painters(model: str, data: st.DataObject) -> None:
    """As above."""
    family = image_family(model)
    assert family is not None

    answer = attempt(model, data.draw(spoiled_bodies(PAINTERS[model])))

    assert answer is None or IMAGES[family.codec].decode_response(answer.body).items


@given(spoiled_bodies(RANKED))
def test_ranker(body: bytes) -> None:
    """As above."""
    answer = attempt(RANKER, body)

    assert answer is None or cohere.decode_response(answer.body).results


@given(spoiled_bodies(BY_AGENT))
def test_ranker_by_agent(body: bytes) -> None:
    """As above, by the agent runtime's road."""
    try:
        answer = answer_rerank(body)
    except Refusal as refusal:
        assert refusal.status == 400  # noqa: PT017 - it may be answered too
    else:
        agent.decode_response(answer.body)


@pytest.mark.parametrize("model", [*EMBEDDERS, *PAINTERS, RANKER])
def test_the_bodies_are_right(model: str) -> None:
    """Spoiling what was refused anyway would test nothing."""
    every = {**EMBEDDERS, **PAINTERS, RANKER: RANKED}

    assert attempt(model, msgspec.json.encode(every[model])) is not None


@given(st.binary(max_size=40))
@settings(max_examples=40)
def test_noise(data: bytes) -> None:
    """Bytes that are no JSON at all."""
    for model in (*EMBEDDERS, *PAINTERS, RANKER):
        attempt(model, data)
