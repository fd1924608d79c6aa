"""Embedding models: hash vectors in each family's own body.

Place in the house: emulator. Pure. Bodies are read and written by the codecs' other half.

Source: behaviour specification, EMB-02 to EMB-08, EMU-01; recordings; public threads as named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Final

import msgspec

from outcrop.codecs.embeddings import cohere_answer
from outcrop.codecs.embeddings.cohere_v3 import CohereV3Request
from outcrop.codecs.embeddings.cohere_v4 import CohereV4Request
from outcrop.codecs.embeddings.marengo_v2 import MarengoV2Request
from outcrop.codecs.embeddings.marengo_v3 import MarengoV3Request
from outcrop.codecs.embeddings.nova import NovaRequest
from outcrop.codecs.embeddings.table import EMBEDDINGS
from outcrop.codecs.embeddings.titan_image import TitanImageRequest
from outcrop.codecs.embeddings.titan_text import TitanTextRequest
from outcrop.emulator.answers import Answer, malformed, read_body
from outcrop.emulator.engines.tokens import count_tokens
from outcrop.emulator.vectors import normalised, vector_of, words_of
from outcrop.models.families import EmbeddingFamily, embedding_family
from outcrop.protocols.wire_type import Wire
from outcrop.types.content import Inline, Text
from outcrop.types.embeddings import (
    Embedding,
    EmbeddingInput,
    EmbeddingPart,
    EmbeddingRequest,
    Embeddings,
    Numbers,
)
from outcrop.types.json import Extra, encode_raw

ENGINE: Final = "hash"

_TOKENS: Final = "x-amzn-bedrock-input-token-count"


class _Schema(msgspec.Struct, frozen=True):
    """What a body of a family must look like."""

    kind: type[Wire]
    required: tuple[str, ...]
    items: str
    """Key of the inputs, for messages; of a list with its number."""
    dimensions: str
    """Key of the length of vectors, for messages."""
    forms: str = "embedding_types"
    """Key of the forms of vectors, for messages."""


_SCHEMAS: Final[Mapping[str, _Schema]] = MappingProxyType(
    {
        "titan_text": _Schema(
            TitanTextRequest, ("inputText",), "inputText", "dimensions", "embeddingTypes"
        ),
        "titan_image": _Schema(
            TitanImageRequest, (), "inputText", "embeddingConfig/outputEmbeddingLength"
        ),
        "cohere_v3": _Schema(CohereV3Request, ("input_type",), "texts", ""),
        "cohere_v4": _Schema(CohereV4Request, ("input_type",), "texts", "output_dimension"),
        "nova": _Schema(
            NovaRequest,
            ("taskType", "singleEmbeddingParams"),
            "singleEmbeddingParams/text/value",
            "singleEmbeddingParams/embeddingDimension",
        ),
        "marengo_v2": _Schema(MarengoV2Request, ("inputType",), "inputText", ""),
        "marengo_v3": _Schema(MarengoV3Request, ("inputType",), "text/inputText", ""),
    }
)
_OPTIONAL: Final = (
    ("dimensions", lambda family: len(family.dimensions) > 1),
    ("normalize", lambda family: family.normalizes),
    ("embeddingTypes", lambda family: family.encodings),
)
"""Keys that one member of a family takes and another does not."""


def answer_embedding(model: str, body: bytes, request_id: str) -> Answer:
    """Answer InvokeModel of an embedding model.

    Raises:
        Refusal: The body is not what the model takes.
    """
    family = embedding_family(model)
    assert family is not None, "the table asks first"
    codec, schema = EMBEDDINGS[family.codec], _SCHEMAS[family.codec]
    request = read_body(
        schema.kind,
        body,
        partial(codec.decode_request, model=model),
        required=schema.required,
        forbidden=[name for name, offers in _OPTIONAL if not offers(family)],
    )
    problems = list(_problems(request, family, schema))
    if problems:
        raise malformed(problems)
    tokens = sum(count_tokens(text) for item in request.inputs for text in _texts(item))
    written = codec.encode_response(_WRITERS[family.codec](request, family, tokens, request_id))
    return Answer(body=written, engine=ENGINE, headers=((_TOKENS, str(tokens)),))


def _problems(request: EmbeddingRequest, family: EmbeddingFamily, schema: _Schema) -> Iterator[str]:
    length = request.dimensions
    if length is not None and length not in family.dimensions:
        yield f"#/{schema.dimensions}: {length} is not a valid enum value"
    for number, form in enumerate(request.encodings):
        if form not in family.encodings:
            yield f"#/{schema.forms}/{number}: {form} is not a valid enum value"
    # One kind a request: the codec saw to that.
    kind, count = request.inputs[0].kind, len(request.inputs)
    most = family.batch_of(kind)
    if count > most:
        key = schema.items if kind == "text" else "images" if kind == "image" else "inputs"
        yield f"#/{key}: expected maximum item count: {most}, found: {count}"
    for number, text in _numbered_texts(request):
        key = f"{schema.items}/{number}" if most > 1 else schema.items
        if family.longest_text is not None and len(text) > family.longest_text:
            yield f"#/{key}: expected maxLength: {family.longest_text}, actual: {len(text)}"
        if not text:
            yield f"#/{key}: expected minLength: 1, actual: 0"


def _numbered_texts(request: EmbeddingRequest) -> Iterator[tuple[int, str]]:
    for number, item in enumerate(request.inputs):
        for text in _texts(item):
            yield number, text


def _texts(item: EmbeddingInput) -> Iterator[str]:
    return (part.text for part in item.parts if isinstance(part, Text))


def _vector(
    item: EmbeddingInput, request: EmbeddingRequest, family: EmbeddingFamily
) -> tuple[float, ...]:
    features = [feature for part in item.parts for feature in _features(part)]
    total = vector_of(features, request.dimensions or family.default_dimensions)
    return total if request.normalize is False else normalised(total)


def _features(part: EmbeddingPart) -> list[str]:
    if isinstance(part, Text):
        return words_of(part.text)
    source = part.source
    known = source.data if isinstance(source, Inline) else msgspec.json.encode(source)
    return [sha256(known).hexdigest()]


_FORMS: Final[Mapping[str, Callable[[tuple[float, ...]], Numbers]]] = MappingProxyType(
    {
        "float": lambda vector: vector,
        "int8": lambda vector: tuple(_scaled(vector)),
        "uint8": lambda vector: tuple(each + 128 for each in _scaled(vector)),
        "binary": lambda vector: tuple(each - 128 for each in _bits(vector)),
        "ubinary": lambda vector: tuple(_bits(vector)),
    }
)


def _scaled(vector: Sequence[float]) -> Iterator[int]:
    most = max(map(abs, vector))
    return (round(each / most * 127) for each in vector)


def _bits(vector: Sequence[float]) -> Iterator[int]:
    """Yield the signs of eight numbers after another as one byte."""
    for start in range(0, len(vector), 8):
        signs = "".join("1" if each > 0 else "0" for each in vector[start : start + 8])
        yield int(signs, 2)


def _plain(
    request: EmbeddingRequest, family: EmbeddingFamily, tokens: int, _request_id: str
) -> Embeddings:
    items = (Embedding(floats=_vector(item, request, family)) for item in request.inputs)
    return Embeddings(items=tuple(items), input_tokens=tokens)


def _titan_text(
    request: EmbeddingRequest, family: EmbeddingFamily, tokens: int, request_id: str
) -> Embeddings:
    answer = _plain(request, family, tokens, request_id)
    if not family.encodings:
        return answer
    vector = answer.items[0].floats
    every = {"float": vector, "binary": tuple(int(each > 0) for each in vector)}
    asked = request.encodings or ("float",)
    item = Embedding(floats=vector, forms={name: every[name] for name in asked})
    return msgspec.structs.replace(answer, items=(item,))


def _cohere(
    request: EmbeddingRequest,
    family: EmbeddingFamily,
    _tokens: int,
    request_id: str,
    *,
    always_by_type: bool,
) -> Embeddings:
    forms = request.encodings or (("float",) if always_by_type else ())
    vectors = (_vector(item, request, family) for item in request.inputs)
    items = (
        Embedding(forms={name: _FORMS[name](each) for name in forms})
        if forms
        else Embedding(floats=each)
        for each in vectors
    )
    echo = {
        "id": request_id,
        "response_type": "embeddings_by_type" if forms else "embeddings_floats",
        "texts": [text for item in request.inputs for text in _texts(item)],
    }
    members = {name: encode_raw(value) for name, value in echo.items()}
    return Embeddings(items=tuple(items), extra=Extra(cohere_answer.API, members))


def _nova(
    request: EmbeddingRequest, family: EmbeddingFamily, tokens: int, request_id: str
) -> Embeddings:
    answer = _plain(request, family, tokens, request_id)
    kind = request.inputs[0].kind.upper()
    items = (msgspec.structs.replace(each, kind=kind) for each in answer.items)
    return msgspec.structs.replace(answer, items=tuple(items))


_Writer = Callable[[EmbeddingRequest, EmbeddingFamily, int, str], Embeddings]
_WRITERS: Final[Mapping[str, _Writer]] = MappingProxyType(
    {
        "titan_text": _titan_text,
        "titan_image": _plain,
        "cohere_v3": partial(_cohere, always_by_type=False),
        "cohere_v4": partial(_cohere, always_by_type=True),
        "nova": _nova,
        "marengo_v2": _plain,
        "marengo_v3": _plain,
    }
)
