"""What a guardrail shall assess: the request of ApplyGuardrail.

Place in the house: the guardrail codec.

Source: service model of bedrock-runtime as in botocore 1.44.5, shape ApplyGuardrailRequest;
behaviour specification, GUARD-02, GUARD-03.
"""

from collections.abc import Iterable
from typing import ClassVar, Final, TypeAlias, assert_never

import msgspec

from outcrop.errors import UnsupportedError
from outcrop.protocols.lossless import encode
from outcrop.protocols.shape import Shape
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import Foreign, GuardImage, GuardText, Inline, MediaSource
from outcrop.types.json import Extra

API: Final = "guardrail"

Assessed: TypeAlias = GuardText | GuardImage | Foreign


class TextBlock(Shape):
    """Text to assess."""

    text: str
    qualifiers: tuple[str, ...] | None = None


class ImageSource(Shape):
    """Where a picture comes from."""

    union: ClassVar[bool] = True

    data: bytes | None = msgspec.field(default=None, name="bytes")


class ImageBlock(Shape):
    """A picture to assess."""

    format: str
    source: ImageSource


class ContentBlock(Shape):
    """One thing to assess."""

    union: ClassVar[bool] = True

    text: TextBlock | None = None
    image: ImageBlock | None = None


class ApplyGuardrailRequest(Shape):
    """What shall be assessed, and how much shall be said about it."""

    source: str
    content: tuple[ContentBlock, ...]
    output_scope: str | None = None


def encode_apply(blocks: Iterable[Assessed], source: str, output_scope: str | None) -> bytes:
    """Write the body of ApplyGuardrail.

    Args:
        blocks: What shall be assessed.
        source: ``"INPUT"``, as a user says it, or ``"OUTPUT"``, as a model does.
        output_scope: ``"INTERVENTIONS"`` or ``"FULL"``; None for AWS's default.

    Raises:
        UnsupportedError: A picture's bytes are not here, or a block is of another API.
        BadRequestError: A text cannot be written as JSON.
    """
    content = tuple(map(_encode_block, blocks))
    return encode(ApplyGuardrailRequest(source=source, content=content, output_scope=output_scope))


def _encode_block(block: Assessed) -> ContentBlock:
    match block:
        case GuardText():
            text = TextBlock(
                text=block.text, qualifiers=block.qualifiers, surplus=_surplus(block.extra)
            )
            return ContentBlock(text=text)
        case GuardImage():
            image = ImageBlock(
                format=block.format,
                source=_encode_source(block.source),
                surplus=_surplus(block.extra),
            )
            return ContentBlock(image=image)
        case Foreign():
            return ContentBlock(surplus=Surplus({}, _of_this_api(block.api, block.raw)))
        case _:
            assert_never(block)


def _encode_source(source: MediaSource) -> ImageSource:
    if isinstance(source, Inline):
        return ImageSource(data=source.data)
    raise UnsupportedError(
        "A guardrail on its own takes pictures as bytes only", hint="read the picture first"
    )


def _of_this_api(api: str, raw: msgspec.Raw) -> msgspec.Raw:
    if api == API:
        return raw
    raise UnsupportedError(f"A guardrail cannot assess a block of {api}", hint="leave it out")


def _surplus(extra: Extra | None) -> Surplus | None:
    return Surplus(extra.members) if extra is not None and extra.api == API else None
