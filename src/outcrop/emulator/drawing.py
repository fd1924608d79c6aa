"""Image models: labelled pictures in two colours, always PNG.

Place in the house: emulator. Pure. What was asked for stands on the picture; its colours come from
the prompt and the seed, so that the same request makes the same picture.

Source: behaviour specification, IMGGEN-01, EMU-01; PNG specification, third edition.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from math import sqrt
from textwrap import wrap
from typing import Final

from outcrop.codecs.images import amazon, stability
from outcrop.codecs.images.table import IMAGES
from outcrop.emulator.answers import Answer, malformed, read_body
from outcrop.emulator.glyphs import HEIGHT, WIDTH, rows_of
from outcrop.models.families import ImageFamily, image_family
from outcrop.types.images import ImageRequest, MadeImage, MadeImages

ENGINE: Final = "drawing"

_SIDE: Final = 1024
_STEP: Final = 64
_LINE: Final = 40
"""Letters in a line."""
_LINES: Final = 12
_SMALLEST: Final = 320
_LARGEST: Final = 4096


def answer_images(model: str, body: bytes, _request_id: str) -> Answer:
    """Answer InvokeModel of an image model.

    Raises:
        Refusal: The body is not what the model takes.
    """
    family = image_family(model)
    assert family is not None, "the table asks first"
    read = _read_amazon if family.tasks else _read_stability
    request = read(model, body)
    problems = list(_problems(request, family))
    if problems:
        raise malformed(problems)
    return Answer(body=IMAGES[family.codec].encode_response(_make(request)), engine=ENGINE)


def _read_amazon(model: str, body: bytes) -> ImageRequest:
    decode = partial(amazon.decode_request, model=model)
    return read_body(amazon.AmazonImageRequest, body, decode, required=("taskType",))


def _read_stability(model: str, body: bytes) -> ImageRequest:
    # Each of its models takes members of its own.
    return read_body(None, body, partial(stability.decode_request, model=model))


def _problems(request: ImageRequest, family: ImageFamily) -> Iterator[str]:
    config = "#/imageGenerationConfig"
    if family.tasks and request.task == "generate" and not request.prompt:
        yield "#/textToImageParams: required key [text] not found"
    yield from _out_of(f"{config}/numberOfImages", request.count, 1, family.most_images)
    yield from _out_of(f"{config}/width", request.width, _SMALLEST, _LARGEST)
    yield from _out_of(f"{config}/height", request.height, _SMALLEST, _LARGEST)
    if request.aspect_ratio is not None and request.aspect_ratio not in family.ratios:
        yield f"#/aspect_ratio: {request.aspect_ratio} is not a valid enum value"


def _out_of(path: str, number: int | None, least: int, most: int) -> Iterator[str]:
    if number is not None and number < least:
        yield f"{path}: {number} is not greater or equal to {least}"
    if number is not None and number > most:
        yield f"{path}: {number} is not less or equal to {most}"


def _make(request: ImageRequest) -> MadeImages:
    seed = request.seed or 0
    width, height = _size(request)
    return MadeImages(
        items=tuple(
            MadeImage(data=_draw(request, seed + number, width, height), seed=seed + number)
            for number in range(request.count or 1)
        )
    )


def _size(request: ImageRequest) -> tuple[int, int]:
    if request.aspect_ratio is None:
        return request.width or _SIDE, request.height or _SIDE
    across, _, down = request.aspect_ratio.partition(":")
    height = _SIDE / sqrt(int(across) / int(down))
    width = height * int(across) / int(down)
    return round(width / _STEP) * _STEP, round(height / _STEP) * _STEP


def _draw(request: ImageRequest, seed: int, width: int, height: int) -> bytes:
    said = wrap(request.prompt or request.task, _LINE)[:_LINES]
    lines = (f"{request.task} {width}x{height} seed {seed}", "", *said)
    scale = max(1, width // ((_LINE + 2) * (WIDTH + 1)))
    rows = [0] * height
    for number, line in enumerate(lines):
        top = (number + 1) * (HEIGHT + 2) * scale
        for offset, bits in enumerate(_line_rows(line, scale, width)):
            if top + offset < height:
                rows[top + offset] = bits
    digest = sha256(f"{request.prompt}/{seed}".encode("utf-8", "surrogatepass")).digest()
    return encode_png(rows, width, ink=b"\xff\xff\xff", ground=bytes(b // 2 for b in digest[:3]))


def _line_rows(line: str, scale: int, width: int) -> Iterator[int]:
    """Yield each row of pixels of a line of text, as a number of `width` bits."""
    letters = [rows_of(letter) for letter in line]
    for row in range(HEIGHT):
        cells = "0" + "0".join(letter[row] for letter in letters)
        bits = "".join(cell * scale for cell in cells)[:width].ljust(width, "0")
        yield from (int(bits, 2) for _ in range(scale))


def encode_png(rows: list[int], width: int, *, ink: bytes, ground: bytes) -> bytes:
    """Write a picture in two colours.

    Args:
        rows: One number a row, one bit a pixel, the leftmost the highest.
        width: Pixels of a row.
        ink: Red, green and blue of the ones.
        ground: Red, green and blue of the zeros.
    """
    length = -(-width // 8)
    spare = length * 8 - width
    lines = b"".join(b"\0" + (row << spare).to_bytes(length, "big") for row in rows)
    header = struct.pack(">IIBBBBB", width, len(rows), 1, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"PLTE", ground + ink),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + checksum
