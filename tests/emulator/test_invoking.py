"""InvokeModel of models that do not converse, the way boto3 asks and each family answers."""

import base64
import json
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from math import sqrt
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from outcrop.emulator.drawing import encode_png
from outcrop.emulator.vectors import cosine, normalised, vector_of, words_of

PNG64 = "iVBORw0KGgpyZXN0"
URI = f"data:image/png;base64,{PNG64}"
TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-english-v3"
CANVAS = "amazon.nova-canvas-v1:0"
RERANK = "cohere.rerank-v3-5:0"


def _client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="outcrop",
        aws_secret_access_key="outcrop",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def bedrock(emulator_url: str) -> Iterator[Any]:
    client = _client("bedrock-runtime", emulator_url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def agents(emulator_url: str) -> Iterator[Any]:
    client = _client("bedrock-agent-runtime", emulator_url)
    yield client
    client.close()


def invoke(bedrock: Any, model: str, **body: Any) -> tuple[Any, Any]:
    """Return the body and the headers of an answer."""
    answer = bedrock.invoke_model(modelId=model, body=json.dumps(body))
    with answer["body"] as stream:
        return json.loads(stream.read()), answer["ResponseMetadata"]["HTTPHeaders"]


def refused(bedrock: Any, model: str, **body: Any) -> str:
    """Return the words of a refusal."""
    with pytest.raises(ClientError) as caught:
        bedrock.invoke_model(modelId=model, body=json.dumps(body))
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    message: str = caught.value.response["Error"]["Message"]
    return message


def length(vector: list[float]) -> float:
    return sqrt(sum(each * each for each in vector))


@pytest.mark.parametrize(
    ("model", "body", "path", "dimensions"),
    [
        ("amazon.titan-embed-text-v1", {"inputText": "hi"}, ["embedding"], 1536),
        (TITAN, {"inputText": "hi"}, ["embedding"], 1024),
        (TITAN, {"inputText": "hi", "dimensions": 256}, ["embedding"], 256),
        ("amazon.titan-embed-image-v1", {"inputText": "hi"}, ["embedding"], 1024),
        (
            "amazon.titan-embed-image-v1",
            {"inputImage": PNG64, "embeddingConfig": {"outputEmbeddingLength": 384}},
            ["embedding"],
            384,
        ),
        (COHERE, {"texts": ["hi"], "input_type": "search_query"}, ["embeddings", 0], 1024),
        (COHERE, {"images": [URI], "input_type": "image"}, ["embeddings", 0], 1024),
        (
            "us.cohere.embed-v4:0",
            {"texts": ["hi"], "input_type": "clustering", "output_dimension": 512},
            ["embeddings", "float", 0],
            512,
        ),
        (
            "amazon.nova-2-multimodal-embeddings-v1:0",
            {
                "taskType": "SINGLE_EMBEDDING",
                "singleEmbeddingParams": {
                    "embeddingPurpose": "GENERIC_INDEX",
                    "text": {"value": "hi", "truncationMode": "END"},
                },
            },
            ["embeddings", 0, "embedding"],
            3072,
        ),
        (
            "us.twelvelabs.marengo-embed-2-7-v1:0",
            {"inputType": "text", "inputText": "hi"},
            ["data", 0, "embedding"],
            1024,
        ),
        (
            "twelvelabs.marengo-embed-3-0-v1:0",
            {"inputType": "image", "image": {"mediaSource": {"base64String": PNG64}}},
            ["data", 0, "embedding"],
            512,
        ),
    ],
)
def test_embedding(bedrock: Any, model: str, body: Any, path: list[Any], dimensions: int) -> None:
    """A unit vector of the right length, where the family puts it, always the same."""
    first, headers = invoke(bedrock, model, **body)
    again, _ = invoke(bedrock, model, **body)

    found, repeated = first, again
    for step in path:
        found, repeated = found[step], repeated[step]
    assert len(found) == dimensions
    assert length(found) == pytest.approx(1)
    assert repeated == found
    assert headers["x-outcrop-engine"] == "hash"
    assert headers["x-amzn-bedrock-input-token-count"].isdigit()


def test_titan_says_what_titan_says(bedrock: Any) -> None:
    """All members of a recorded answer, and each form that is asked for."""
    plain, _ = invoke(bedrock, TITAN, inputText="Hello, world!")
    bits, _ = invoke(bedrock, TITAN, inputText="hi ho", embeddingTypes=["binary"], normalize=False)

    assert list(plain) == ["embedding", "embeddingsByType", "inputTextTokenCount"]
    assert plain["embeddingsByType"] == {"float": plain["embedding"]}
    assert set(bits["embeddingsByType"]["binary"]) == {0, 1}
    assert len(bits["embeddingsByType"]["binary"]) == 1024
    assert length(bits["embedding"]) == pytest.approx(sqrt(2), abs=0.1)


def test_cohere_says_what_cohere_says(bedrock: Any) -> None:
    """All members of a recorded answer, and each form that is asked for."""
    plain, _ = invoke(bedrock, COHERE, texts=["hi", "ho"], input_type="classification")
    forms, _ = invoke(
        bedrock,
        COHERE,
        texts=["hi"],
        input_type="clustering",
        embedding_types=["int8", "uint8", "binary", "ubinary"],
    )

    assert plain.keys() == {"embeddings", "id", "response_type", "texts"}
    assert (plain["response_type"], plain["texts"]) == ("embeddings_floats", ["hi", "ho"])
    made = {name: vectors[0] for name, vectors in forms["embeddings"].items()}
    assert forms["response_type"] == "embeddings_by_type"
    assert {name: len(vector) for name, vector in made.items()} == {
        "int8": 1024,
        "uint8": 1024,
        "binary": 128,
        "ubinary": 128,
    }
    assert [each + 128 for each in made["int8"]] == made["uint8"]
    assert [each + 128 for each in made["binary"]] == made["ubinary"]
    assert (min(made["int8"]) >= -127, max(made["int8"]) <= 127) == (True, True)


MALFORMED = "Malformed input request: {}, please reformat your input and try again."


@pytest.mark.parametrize(
    ("model", "body", "problems"),
    [
        (
            COHERE,
            {"inputText": "hi"},
            (
                "#: required key [input_type] not found#: extraneous key [inputText] is not "
                "permitted"
            ),
        ),
        (
            COHERE,
            {"texts": ["x"] * 97, "input_type": "clustering"},
            "#/texts: expected maximum item count: 96, found: 97",
        ),
        (
            COHERE,
            {"texts": ["x", "y" * 2049], "input_type": "clustering"},
            "#/texts/1: expected maxLength: 2048, actual: 2049",
        ),
        (
            COHERE,
            {"images": [URI, URI], "input_type": "image"},
            "#/images: expected maximum item count: 1, found: 2",
        ),
        (
            COHERE,
            {"texts": ["x"], "input_type": "clustering", "embedding_types": ["int4"]},
            "#/embedding_types/0: int4 is not a valid enum value",
        ),
        (
            "amazon.titan-embed-text-v1",
            {"inputText": "hi", "dimensions": 256},
            "#: extraneous key [dimensions] is not permitted",
        ),
        (TITAN, {"inputText": ""}, "#/inputText: expected minLength: 1, actual: 0"),
        (
            TITAN,
            {"inputText": "hi", "dimensions": 300},
            "#/dimensions: 300 is not a valid enum value",
        ),
        (RERANK, {"query": "q"}, "#: required key [documents] not found"),
        (
            RERANK,
            {"query": "", "documents": []},
            (
                "#/query: expected minLength: 1, actual: 0"
                "#/documents: expected minimum item count: 1, found: 0"
            ),
        ),
        (
            RERANK,
            {"query": "q", "documents": ["x"] * 1001},
            "#/documents: expected maximum item count: 1000, found: 1001",
        ),
        (
            CANVAS,
            {"taskType": "TEXT_IMAGE", "textToImageParams": {}},
            "#/textToImageParams: required key [text] not found",
        ),
        (
            CANVAS,
            {
                "taskType": "TEXT_IMAGE",
                "textToImageParams": {"text": "x"},
                "imageGenerationConfig": {"numberOfImages": 6, "width": 100},
            },
            (
                "#/imageGenerationConfig/numberOfImages: 6 is not less or equal to 5"
                "#/imageGenerationConfig/width: 100 is not greater or equal to 320"
            ),
        ),
        (
            "stability.stable-image-core-v1:1",
            {"prompt": "x", "aspect_ratio": "7:1"},
            "#/aspect_ratio: 7:1 is not a valid enum value",
        ),
    ],
)
def test_refusals(bedrock: Any, model: str, body: Any, problems: str) -> None:
    """Bedrock's own form of words, with every problem at once."""
    assert refused(bedrock, model, **body) == MALFORMED.format(problems)


def test_wrong_types_are_refused(bedrock: Any) -> None:
    """The place of the fault is named."""
    assert "#/texts" in refused(bedrock, COHERE, texts="hi", input_type="clustering")


def test_not_json(bedrock: Any) -> None:
    """Nothing of ours fails over it."""
    with pytest.raises(ClientError, match="The request body is not valid"):
        bedrock.invoke_model(modelId=TITAN, body=b"{")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("us.amazon.titan-embed-text-v2:0", "identifier is invalid"),
        ("twelvelabs.marengo-embed-2-7-v1:0", "on-demand throughput"),
        ("stability.stable-outpaint-v1:0", "on-demand throughput"),
    ],
)
def test_models_that_are_not_called_so(bedrock: Any, model: str, words: str) -> None:
    """The same rules of reach as for conversations."""
    assert words in refused(bedrock, model, inputText="hi")


@pytest.mark.parametrize("model", [TITAN, CANVAS, RERANK])
def test_they_do_not_converse(bedrock: Any, model: str) -> None:
    """Converse refuses them, reranking models too, which AWS lists as making text."""
    with pytest.raises(ClientError, match="doesn't support the model"):
        bedrock.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "x"}]}])


DOCUMENTS = [
    "Carson City is the capital of Nevada.",
    "Bread is made of flour.",
    "The capital of the United States is Washington.",
]
QUERY = "What is the capital of the United States?"


def test_rerank(bedrock: Any) -> None:
    """What shares most words with the query comes first."""
    body, headers = invoke(bedrock, RERANK, query=QUERY, documents=DOCUMENTS, api_version=2)
    best, _ = invoke(bedrock, RERANK, query=QUERY, documents=DOCUMENTS, top_n=1)

    assert [each["index"] for each in body["results"]] == [2, 0, 1]
    scores = [each["relevance_score"] for each in body["results"]]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] < scores[0] <= 1
    assert best["results"] == body["results"][:1]
    assert headers["x-outcrop-engine"] == "hash"


def _agent_request(model: str, documents: list[str], **more: Any) -> dict[str, Any]:
    return {
        "queries": [{"type": "TEXT", "textQuery": {"text": QUERY}}],
        "sources": [
            {
                "type": "INLINE",
                "inlineDocumentSource": {"type": "TEXT", "textDocument": {"text": each}},
            }
            for each in documents
        ],
        "rerankingConfiguration": {
            "type": "BEDROCK_RERANKING_MODEL",
            "bedrockRerankingConfiguration": {
                "modelConfiguration": {"modelArn": model},
                "numberOfResults": 2,
            },
        },
        **more,
    }


ARN = "arn:aws:bedrock:us-east-1::foundation-model/"


def test_agents_rerank(agents: Any) -> None:
    """The agent runtime's operation, at the same address."""
    answer = agents.rerank(**_agent_request(f"{ARN}amazon.rerank-v1:0", DOCUMENTS))

    assert [each["index"] for each in answer["results"]] == [2, 0]
    assert "nextToken" not in answer


def test_agents_shape(emulator_url: str) -> None:
    """What breaks the service model is refused by its member, as everywhere."""
    client = boto3.client(
        "bedrock-agent-runtime",
        endpoint_url=emulator_url,
        region_name="us-east-1",
        aws_access_key_id="outcrop",
        aws_secret_access_key="outcrop",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
    )
    request = _agent_request(f"{ARN}amazon.rerank-v1:0", [])

    with closing(client), pytest.raises(ClientError) as caught:
        client.rerank(**request)

    assert caught.value.response["Error"]["Message"] == (
        "1 validation error detected: Value at 'sources' failed to satisfy constraint: Member must "
        "have length greater than or equal to 1"
    )


@pytest.mark.parametrize(
    ("model", "more", "words"),
    [
        (f"{ARN}amazon.nova-lite-v1:0", {}, "identifier is invalid"),
        (f"{ARN}amazon.rerank-v1:0", {"nextToken": "mine"}, "nextToken is invalid"),
    ],
)
def test_agents_refusals(agents: Any, model: str, more: Any, words: str) -> None:
    """Models that do not rerank, and pages that nobody gave."""
    with pytest.raises(ClientError, match=words):
        agents.rerank(**_agent_request(model, ["x"], **more))


def _read_png(data: bytes) -> tuple[int, int, bytes]:
    """Return width, height and the unpacked lines; every checksum is right."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    rest = data[8:]
    while rest:
        (size,) = struct.unpack(">I", rest[:4])
        name, content = rest[4:8], rest[8 : 8 + size]
        assert struct.unpack(">I", rest[8 + size : 12 + size]) == (zlib.crc32(name + content),)
        chunks[name] = content
        rest = rest[12 + size :]
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    return width, height, zlib.decompress(chunks[b"IDAT"])


def test_images(bedrock: Any) -> None:
    """As many pictures as asked for, each as large, each another; the same seed, the same."""
    body = {
        "taskType": "TEXT_IMAGE",
        "textToImageParams": {"text": "A red fox"},
        "imageGenerationConfig": {"numberOfImages": 2, "width": 640, "height": 320, "seed": 7},
    }

    first, headers = invoke(bedrock, CANVAS, **body)
    again, _ = invoke(bedrock, CANVAS, **body)

    pictures = [base64.b64decode(each) for each in first["images"]]
    assert [_read_png(each)[:2] for each in pictures] == [(640, 320), (640, 320)]
    assert pictures[0] != pictures[1]
    assert again == first
    assert headers["x-outcrop-engine"] == "drawing"


@pytest.mark.parametrize(
    ("ratio", "size"),
    [("1:1", (1024, 1024)), ("16:9", (1344, 768)), ("9:21", (640, 1536))],
)
def test_ratios(bedrock: Any, ratio: str, size: tuple[int, int]) -> None:
    """About a megapixel, whatever the shape; and Stability's three lists."""
    body, _ = invoke(
        bedrock, "stability.stable-image-core-v1:1", prompt="a fox", aspect_ratio=ratio, seed=4
    )

    assert (body["seeds"], body["finish_reasons"]) == ([4], [None])
    assert _read_png(base64.b64decode(body["images"][0]))[:2] == size


def test_editing_services(bedrock: Any) -> None:
    """Members that one of Stability's models alone takes are let through."""
    body, _ = invoke(
        bedrock,
        "us.stability.stable-image-search-replace-v1:0",
        prompt="a hat",
        image=PNG64,
        search_prompt="the hair",
    )

    assert len(body["images"]) == 1


def test_png_lines() -> None:
    """Ones are ink, the leftmost pixel is the highest bit, and lines are padded to bytes."""
    width, height, lines = _read_png(
        encode_png([0b1010000001, 0], 10, ink=b"\xff\xff\xff", ground=b"\0\0\0")
    )

    assert (width, height) == (10, 2)
    assert lines == b"\0\xa0\x40" + b"\0\0\0"


def test_vectors_of_texts_that_share_words() -> None:
    """Near where words are shared, far where none are, whatever the case and order."""
    fox, hen, sky = (
        normalised(vector_of(words_of(text), 512)) for text in ("red fox", "Red hen", "blue sky")
    )

    assert cosine(fox, hen) == pytest.approx(0.5, abs=0.1)
    assert abs(cosine(fox, sky)) < 0.1
    assert cosine(fox, normalised(vector_of(words_of("FOX, red!"), 512))) == pytest.approx(1)
    assert words_of("!?") == ["!?"]
