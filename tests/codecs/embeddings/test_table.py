"""Every family of embedding models: recorded bodies survive, and what is said comes back."""

import json
import string
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.codecs.embeddings.cohere_answer import CohereResponse
from outcrop.codecs.embeddings.table import EMBEDDINGS
from outcrop.errors import BadRequestError, ModelError, UnsupportedError, WireError
from outcrop.models.families import EMBEDDING_FAMILIES, embedding_family
from outcrop.types.content import S3, Audio, Image, Inline, Text, Url, Video
from outcrop.types.embeddings import Embedding, EmbeddingInput, EmbeddingRequest, Embeddings
from outcrop.types.json import Extra
from tests.recordings import Interaction, cases

PNG = b"\x89PNG\r\n\x1a\nrest"
PNG64 = "iVBORw0KGgpyZXN0"
PICTURE = Image(format="png", source=Inline(PNG))
MODEL = "some.model"

RECORDED = cases("invoke", where=lambda each: "embedding" in each.features)


def codec_of(recorded: Interaction) -> Any:
    """Return the codec of a recording; the one through an application profile is of Titan 2."""
    family = embedding_family(recorded.model_id or "")
    return EMBEDDINGS[family.codec if family else "titan_text"]


def one(*parts: Any, **members: Any) -> EmbeddingRequest:
    """Return a request for one vector; a text stands for its block."""
    blocks = tuple(Text(text=each) if isinstance(each, str) else each for each in parts)
    return EmbeddingRequest(model=MODEL, inputs=(EmbeddingInput(blocks),), **members)


@pytest.mark.parametrize("recorded", RECORDED)
class TestRecorded:
    def test_request(self, recorded: Interaction) -> None:
        """What real clients sent, read and written again, is the same."""
        codec = codec_of(recorded)

        request = codec.decode_request(recorded.request.data, "model")

        assert json.loads(codec.encode_request(request)) == recorded.request_body

    def test_response(self, recorded: Interaction) -> None:
        """What AWS answered, read and written again, is the same, to the last digit."""
        codec = codec_of(recorded)

        answer = codec.decode_response(recorded.response.data)

        assert json.loads(codec.encode_response(answer)) == recorded.response_body

    def test_vectors(self, recorded: Interaction) -> None:
        """One vector for each input, each as long as was asked for."""
        codec = codec_of(recorded)
        family = embedding_family(recorded.model_id or "")

        request = codec.decode_request(recorded.request.data, "model")
        answer = codec.decode_response(recorded.response.data)

        length = request.dimensions or (family.default_dimensions if family else 1024)
        assert [len(vector) for vector in answer.vectors] == [length] * len(request.inputs)


COHERE = cases(
    "invoke", where=lambda each: "embedding" in each.features and each.family == "cohere"
)


@pytest.mark.parametrize("recorded", COHERE)
def test_what_cohere_sends_today_is_named(recorded: Interaction) -> None:
    """Members that stand in every answer must not cost a second reading of all its vectors."""
    read = msgspec.json.decode(recorded.response.data, type=CohereResponse)

    assert bytes(read.response_type).startswith(b'"embeddings_')  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("codec", "request_", "wire"),
    [
        pytest.param(
            "titan_text",
            one("hi", dimensions=256, normalize=False, encodings=("float", "binary")),
            {
                "inputText": "hi",
                "dimensions": 256,
                "normalize": False,
                "embeddingTypes": ["float", "binary"],
            },
            id="titan_text",
        ),
        pytest.param(
            "titan_image",
            one("hi", PICTURE, dimensions=384),
            {
                "inputText": "hi",
                "inputImage": PNG64,
                "embeddingConfig": {"outputEmbeddingLength": 384},
            },
            id="titan_image",
        ),
        pytest.param(
            "cohere_v3",
            one("hi", purpose="query", truncate="start", encodings=("int8",)),
            {
                "texts": ["hi"],
                "input_type": "search_query",
                "truncate": "START",
                "embedding_types": ["int8"],
            },
            id="cohere_v3",
        ),
        pytest.param(
            "cohere_v3",
            one(PICTURE, purpose="image"),
            {"images": [f"data:image/png;base64,{PNG64}"], "input_type": "image"},
            id="cohere_v3-image",
        ),
        pytest.param(
            "cohere_v4",
            one("hi", purpose="document", truncate="end", dimensions=512, max_tokens=9),
            {
                "texts": ["hi"],
                "input_type": "search_document",
                "truncate": "RIGHT",
                "output_dimension": 512,
                "max_tokens": 9,
            },
            id="cohere_v4-truncates-in-other-words",
        ),
        pytest.param(
            "cohere_v4",
            one("hi", PICTURE, truncate="start"),
            {
                "inputs": [
                    {
                        "content": [
                            {"type": "text", "text": "hi"},
                            {
                                "type": "image_url",
                                "image_url": {"url": f"data:image/png;base64,{PNG64}"},
                            },
                        ]
                    }
                ],
                "truncate": "LEFT",
            },
            id="cohere_v4-mixed",
        ),
        pytest.param(
            "nova",
            one("hi", purpose="document", dimensions=384, truncate="end"),
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "GENERIC_INDEX",
                    "embeddingDimension": 384,
                    "text": {"value": "hi", "truncationMode": "END"},
                },
            },
            id="nova",
        ),
        pytest.param(
            "nova",
            one(Audio(format="wav", source=S3(uri="s3://b/a.wav", bucket_owner="1" * 12))),
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "audio": {
                        "format": "wav",
                        "source": {
                            "s3Location": {"uri": "s3://b/a.wav", "bucketOwner": "111111111111"}
                        },
                    }
                },
            },
            id="nova-audio",
        ),
        pytest.param(
            "marengo_v2",
            one("hi", truncate="end"),
            {"inputType": "text", "inputText": "hi", "textTruncate": "end"},
            id="marengo_v2",
        ),
        pytest.param(
            "marengo_v2",
            one(PICTURE),
            {"inputType": "image", "mediaSource": {"base64String": PNG64}},
            id="marengo_v2-image",
        ),
        pytest.param(
            "marengo_v3",
            one("hi"),
            {"inputType": "text", "text": {"inputText": "hi"}},
            id="marengo_v3",
        ),
        pytest.param(
            "marengo_v3",
            one("hi", Image(format="", source=S3(uri="s3://b/i.png"))),
            {
                "inputType": "text_image",
                "text_image": {
                    "inputText": "hi",
                    "mediaSource": {"s3Location": {"uri": "s3://b/i.png"}},
                },
            },
            id="marengo_v3-mixed",
        ),
    ],
)
def test_request_both_ways(codec: str, request_: EmbeddingRequest, wire: Any) -> None:
    """Each family's own words, and back to ours."""
    written = EMBEDDINGS[codec].encode_request(request_)
    read = EMBEDDINGS[codec].decode_request(written, MODEL)

    assert json.loads(written) == wire
    assert read == request_


def test_film_says_what_one_vector_is_of() -> None:
    """Nova requires a mode for films; who chose one keeps it."""
    film = Video(format="mp4", source=Inline(b"film"))
    chosen = Extra("nova", {"embeddingMode": msgspec.Raw(b'"AUDIO_VIDEO_SEPARATE"')})

    modes = [
        json.loads(EMBEDDINGS["nova"].encode_request(one(part)))["singleEmbeddingParams"]["video"]
        for part in (film, msgspec.structs.replace(film, extra=chosen))
    ]

    assert [mode["embeddingMode"] for mode in modes] == [
        "AUDIO_VIDEO_COMBINED",
        "AUDIO_VIDEO_SEPARATE",
    ]


@pytest.mark.parametrize(
    ("codec", "wire", "forms"),
    [
        pytest.param(
            "titan_text",
            {
                "embedding": [0.5, 1.0],
                "embeddingsByType": {"binary": [0, 1], "float": [0.5, 1.0]},
                "inputTextTokenCount": 3,
            },
            {"binary": (0, 1), "float": (0.5, 1.0)},
            id="titan",
        ),
        pytest.param(
            "cohere_v4",
            {"embeddings": {"int8": [[-1, 2]], "float": [[0.5, 1.0]]}, "id": "x"},
            {"int8": (-1, 2), "float": (0.5, 1.0)},
            id="cohere",
        ),
        pytest.param(
            "cohere_v3",
            {"embeddings": {"base64": ["AAAA"]}},
            {"base64": "AAAA"},
            id="base64",
        ),
    ],
)
def test_forms(codec: str, wire: Any, forms: Any) -> None:
    """Every form of a vector is kept, whole numbers as whole numbers."""
    answer = EMBEDDINGS[codec].decode_response(msgspec.json.encode(wire))

    assert answer.items[0].forms == forms
    assert json.loads(EMBEDDINGS[codec].encode_response(answer)) == wire


def test_vector_of_forms() -> None:
    """The floats are found wherever they stand."""
    items = (
        Embedding(floats=(0.5,)),
        Embedding(forms={"float": (0.25,), "int8": (1,)}),
        Embedding(forms={"int8": (1,)}),
    )

    assert Embeddings(items=items).vectors == ((0.5,), (0.25,), ())


def test_titan_image_reports_errors_in_an_answer() -> None:
    """A 200 that says the model failed is a failure."""
    body = b'{"message":"image too large","embedding":null}'

    with pytest.raises(ModelError) as caught:
        EMBEDDINGS["titan_image"].decode_response(body)

    assert caught.value.aws_message == "image too large"


@pytest.mark.parametrize("family", EMBEDDING_FAMILIES, ids=lambda each: each.models[0])
def test_nonsense_answers(family: Any) -> None:
    """An answer without vectors is none, and the error is AWS's, not the caller's."""
    codec = EMBEDDINGS[family.codec]

    for body in (b"", b"[]", b"{}", b'{"embeddings":1,"embedding":1,"data":1}'):
        with pytest.raises(WireError):
            codec.decode_response(body)


@pytest.mark.parametrize("codec", EMBEDDINGS)
def test_nonsense_requests(codec: str) -> None:
    """A body that is no request is the caller's fault."""
    for body in (b"", b"[]", b"{}", b'{"inputText":1,"texts":1,"inputType":1,"taskType":1}'):
        with pytest.raises(BadRequestError):
            EMBEDDINGS[codec].decode_request(body, MODEL)


SOUND = Audio(format="wav", source=Inline(b"x"))


@pytest.mark.parametrize(
    ("codec", "parts"),
    [
        ("titan_text", (PICTURE,)),
        ("titan_text", ("hi", PICTURE)),
        ("titan_image", (SOUND,)),
        ("titan_image", (Image(format="png", source=Url("https://x/y.png")),)),
        ("titan_image", (PICTURE, PICTURE)),
        ("cohere_v3", ("hi", PICTURE)),
        ("cohere_v3", (SOUND,)),
        ("cohere_v4", ("hi", SOUND)),
        ("nova", ("hi", PICTURE)),
        ("nova", (Image(format="png", source=Url("https://x/y.png")),)),
        ("marengo_v2", ("hi", PICTURE)),
        ("marengo_v3", (SOUND,)),
        ("marengo_v3", ("hi", "ho")),
    ],
)
def test_what_a_family_cannot_say(codec: str, parts: Any) -> None:
    """Refused before it is sent; nothing is silently left out of a vector."""
    with pytest.raises((UnsupportedError, BadRequestError)):
        EMBEDDINGS[codec].encode_request(one(*parts))


@pytest.mark.parametrize("codec", ["titan_text", "titan_image", "nova", "marengo_v2", "marengo_v3"])
def test_one_input_a_request(codec: str) -> None:
    """Who takes one is never handed two."""
    both = (EmbeddingInput((Text(text="a"),)), EmbeddingInput((Text(text="b"),)))

    with pytest.raises(BadRequestError, match="one input a request, not 2"):
        EMBEDDINGS[codec].encode_request(EmbeddingRequest(model=MODEL, inputs=both))


def test_broken_data_uri() -> None:
    """The emulator says so; it does not fail."""
    for uri in ("https://x/y.png", "data:image/png;base64,***"):
        body = msgspec.json.encode({"images": [uri], "input_type": "image"})
        with pytest.raises(BadRequestError, match="data URI"):
            EMBEDDINGS["cohere_v3"].decode_request(body, MODEL)


texts = st.text(st.characters(exclude_categories=["Cs"]))
words = st.none() | st.sampled_from(["document", "query", "classification", "own_word"])
cuts = st.none() | st.sampled_from(["none", "start", "end", "OWN"])
names = st.text(string.ascii_letters, min_size=12)
extras = st.dictionaries(names, st.integers() | texts, max_size=3)


@given(st.lists(texts, min_size=1, max_size=4), words, cuts, extras)
def test_cohere_law(said: list[str], purpose: str | None, cut: str | None, more: Any) -> None:
    """Whatever is said comes back, members that nobody knows included."""
    members = {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in more.items()}
    for codec in ("cohere_v3", "cohere_v4"):
        asked = EmbeddingRequest(
            model=MODEL,
            inputs=tuple(EmbeddingInput((Text(text=each),)) for each in said),
            purpose=purpose,
            truncate=cut,
            extra=Extra(codec, members) if members else None,
        )

        read = EMBEDDINGS[codec].decode_request(EMBEDDINGS[codec].encode_request(asked), MODEL)

        assert read == asked


floats = st.floats(allow_nan=False, allow_infinity=False)
vectors = st.lists(floats, min_size=1, max_size=8).map(tuple)


@given(vectors, st.sampled_from(["titan_text", "titan_image", "cohere_v3", "nova", "marengo_v3"]))
def test_answer_law(vector: tuple[float, ...], codec: str) -> None:
    """A vector arrives as it was sent, bit for bit."""
    answer = Embeddings(items=(Embedding(floats=vector),))

    read = EMBEDDINGS[codec].decode_response(EMBEDDINGS[codec].encode_response(answer))

    assert read.vectors == (vector,)
