"""Models that do not converse: which body they take over InvokeModel, and what they offer.

Place in the house: models. Data and lookups. The codecs stand in `codecs.embeddings`,
`codecs.rerank` and `codecs.images`, under the names given here.

    embedding_family("us.cohere.embed-v4:0").dimensions  # (256, 512, 1024, 1536)

Source: behaviour specification, EMB-02 to EMB-10, RANK-01, IMGGEN-01, ERR-31; each row names its
own.
"""

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, Literal, Protocol, TypeVar

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.catalogue import lookup
from outcrop.models.ids import parse_model_id

Purpose = Literal["text", "embedding", "rerank", "image", "video", "speech"]
"""What a model makes."""


class EmbeddingFamily(msgspec.Struct, frozen=True, kw_only=True):
    """Embedding models that take the same body."""

    codec: str
    """Key of `codecs.embeddings.table.EMBEDDINGS`."""
    models: tuple[str, ...]
    """Bare ids as shell patterns."""
    dimensions: tuple[int, ...]
    """Lengths of vector it offers; where there is one, the body has no member for it."""
    default_dimensions: int
    batches: tuple[tuple[str, int], ...]
    """Each kind of input it takes in InvokeModel, and how many at once."""
    purposes: bool = False
    """Whether it is told what the vectors are for."""
    image_purpose: str = ""
    """The one word for it that pictures must come with; empty where any will do."""
    truncates: bool = False
    """Whether it is told what to cut off."""
    normalizes: bool = False
    """Whether it is told to normalise."""
    encodings: tuple[str, ...] = ()
    """Forms of vector it offers; empty where the body has no member for it."""
    max_tokens: bool = False
    """Whether it is told how much of an input to read."""
    longest_text: int | None = None
    """Characters; more is refused."""
    source: str

    def batch_of(self, kind: str) -> int:
        """Return how many inputs of a kind go into one request; 0 where it takes none."""
        return dict(self.batches).get(kind, 0)


class RerankFamily(msgspec.Struct, frozen=True, kw_only=True):
    """Rerank models that take the same body."""

    codec: str
    """Key of `codecs.rerank.table.RERANKERS`."""
    models: tuple[str, ...]
    source: str


class ImageFamily(msgspec.Struct, frozen=True, kw_only=True):
    """Image models that take the same body."""

    codec: str
    """Key of `codecs.images.table.IMAGES`."""
    models: tuple[str, ...]
    tasks: tuple[str, ...] = ()
    """What it can be asked to do; empty where the model's id decides."""
    most_images: int
    """How many one request makes."""
    sizes: bool
    """Whether it takes width and height; else the nearest aspect ratio."""
    ratios: tuple[str, ...] = ()
    """Aspect ratios it takes instead."""
    takes: tuple[str, ...]
    """Members of `types.images.ImageRequest` that it has a word for, beside prompt, pictures and
    mask."""
    image_mode: str = ""
    """The mode it must be told when it starts from a picture; empty where it sees that itself."""
    source: str


_COHERE_FORMS: Final = ("float", "int8", "uint8", "binary", "ubinary")

EMBEDDING_FAMILIES: Final = (
    EmbeddingFamily(
        codec="titan_text",
        models=("amazon.titan-embed-text-v1*", "amazon.titan-embed-g1-text-02*"),
        dimensions=(1536,),
        default_dimensions=1536,
        batches=(("text", 1),),
        source="EMB-02; recording pydantic-ai 8c05f40d88",
    ),
    EmbeddingFamily(
        codec="titan_text",
        models=("amazon.titan-embed-text-v2*",),
        dimensions=(256, 512, 1024),
        default_dimensions=1024,
        batches=(("text", 1),),
        normalizes=True,
        encodings=("float", "binary"),
        source="EMB-03; recordings pydantic-ai 317ab77cbd, 5536d67524, ed7fb9f899",
    ),
    EmbeddingFamily(
        codec="titan_image",
        models=("amazon.titan-embed-image-v1*",),
        dimensions=(256, 384, 1024),
        default_dimensions=1024,
        batches=(("text", 1), ("image", 1), ("mixed", 1)),
        source="EMB-04",
    ),
    EmbeddingFamily(
        codec="cohere_v3",
        models=("cohere.embed-*-v3*",),
        dimensions=(1024,),
        default_dimensions=1024,
        batches=(("text", 96), ("image", 1)),
        purposes=True,
        image_purpose="image",
        truncates=True,
        encodings=_COHERE_FORMS,
        longest_text=2048,
        source="EMB-05; recordings dd-trace-py 765f2d2741, pydantic-ai 395c5ce16e, 97242804dd",
    ),
    EmbeddingFamily(
        codec="cohere_v4",
        models=("cohere.embed-v4*",),
        dimensions=(256, 512, 1024, 1536),
        default_dimensions=1536,
        batches=(("text", 96), ("image", 96), ("mixed", 96)),
        purposes=True,
        truncates=True,
        encodings=_COHERE_FORMS,
        max_tokens=True,
        source="EMB-06; recordings pydantic-ai d1cb515240, dd3c5355ab, e86d939352",
    ),
    EmbeddingFamily(
        codec="nova",
        models=("amazon.nova-2-multimodal-embeddings-v1*",),
        dimensions=(256, 384, 1024, 3072),
        default_dimensions=3072,
        batches=(("text", 1), ("image", 1), ("audio", 1), ("video", 1)),
        purposes=True,
        truncates=True,
        longest_text=8192,
        source="EMB-07; recordings pydantic-ai 1c81ee906a, ae6d2159d0",
    ),
    EmbeddingFamily(
        codec="marengo_v2",
        models=("twelvelabs.marengo-embed-2-7*",),
        dimensions=(1024,),
        default_dimensions=1024,
        batches=(("text", 1), ("image", 1)),
        truncates=True,
        source="EMB-08; Amazon Bedrock User Guide, TwelveLabs Marengo Embed 2.7, 2026-11-20",
    ),
    EmbeddingFamily(
        codec="marengo_v3",
        models=("twelvelabs.marengo-embed-3*",),
        dimensions=(512,),
        default_dimensions=512,
        batches=(("text", 1), ("image", 1), ("mixed", 1)),
        source="EMB-08; Amazon Bedrock User Guide, TwelveLabs Marengo Embed 3.0, 2026-11-20",
    ),
)

RERANK_FAMILIES: Final = (
    RerankFamily(
        codec="cohere",
        models=("cohere.rerank-*", "amazon.rerank-*"),
        source="RANK-01, RANK-02; recording dd-trace-py d80a39d3bc",
    ),
)

_STABILITY_RATIOS: Final = (
    "21:9",
    "16:9",
    "3:2",
    "5:4",
    "1:1",
    "4:5",
    "2:3",
    "9:16",
    "9:21",
)

IMAGE_FAMILIES: Final = (
    ImageFamily(
        codec="amazon",
        models=("amazon.titan-image-generator-*", "amazon.nova-canvas-*"),
        tasks=(
            "generate",
            "inpaint",
            "outpaint",
            "variation",
            "color_guided",
            "remove_background",
            "try_on",
        ),
        most_images=5,
        sizes=True,
        takes=("quality", "cfg_scale", "colors", "mask_prompt"),
        source="IMGGEN-01; Amazon Nova User Guide, Image generation access and usage, 2026-11-20",
    ),
    ImageFamily(
        codec="stability",
        models=("stability.sd3*",),
        most_images=1,
        sizes=False,
        ratios=_STABILITY_RATIOS,
        takes=("format",),
        image_mode="image-to-image",
        source="IMGGEN-01; Amazon Bedrock User Guide, Stable Diffusion 3.5 Large, 2026-11-20",
    ),
    ImageFamily(
        codec="stability",
        models=("stability.*",),
        most_images=1,
        sizes=False,
        ratios=_STABILITY_RATIOS,
        takes=("format",),
        source="IMGGEN-01; Amazon Bedrock User Guide, Stability AI models, 2026-11-20",
    ),
)

DEFAULT_EMBEDDING_MODEL: Final = "amazon.titan-embed-text-v2:0"
"""What embeds where nobody chose (CONF-18)."""


class _Family(Protocol):
    @property
    def models(self) -> tuple[str, ...]: ...


Found = TypeVar("Found", bound=_Family)


def embedding_family(model: str) -> EmbeddingFamily | None:
    """Return the family of an embedding model; None where it is none, or its id does not say."""
    return _find(EMBEDDING_FAMILIES, model)


def rerank_family(model: str) -> RerankFamily | None:
    """Return the family of a rerank model; None where it is none, or its id does not say."""
    return _find(RERANK_FAMILIES, model)


def image_family(model: str) -> ImageFamily | None:
    """Return the family of an image model; None where it is none, or its id does not say."""
    return _find(IMAGE_FAMILIES, model)


def _find(families: tuple[Found, ...], model: str) -> Found | None:
    base = _base(model)
    return next(
        (row for row in families if any(fnmatchcase(base, shape) for shape in row.models)), None
    )


@lru_cache
def _base(model: str) -> str:
    try:
        return parse_model_id(model).base
    except BadRequestError:
        return ""


@lru_cache
def purpose_of(model: str) -> Purpose | None:
    """Return what a model makes; None where nobody knows."""
    if rerank_family(model):
        return "rerank"
    if embedding_family(model):
        return "embedding"
    if image_family(model):
        return "image"
    card = lookup(model) if _base(model) else None
    made = () if card is None else card.outputs
    return next((purpose for modality, purpose in _BY_MODALITY if modality in made), None)


_BY_MODALITY: Final[tuple[tuple[str, Purpose], ...]] = (
    # Speech comes with its transcript, in streams of both directions alone.
    ("SPEECH", "speech"),
    ("TEXT", "text"),
    ("EMBEDDING", "embedding"),
    ("IMAGE", "image"),
    ("VIDEO", "video"),
)
