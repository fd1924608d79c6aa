"""Pictures and documents for a conversation, from wherever a caller has them.

Place in the house: client. Reads files; the formats are told by `protocols.media`. What stands in
a bucket is read by AWS, and its address is passed on.

    outcrop.user("What does it say?", outcrop.document("report.pdf"))

Source: behaviour specification, IMG-01, DOC-01, DOC-02.
"""

from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias
from urllib.parse import unquote, urlsplit

import msgspec

from outcrop.errors import BadRequestError
from outcrop.protocols.media import (
    document_of,
    image_of,
    is_base64,
    read_document,
    read_image,
)
from outcrop.types.content import Document, Image
from outcrop.types.messages import Message

MediaInput: TypeAlias = str | Path | bytes | bytearray | memoryview
"""A path, the bytes themselves, base64, or an address: a data URL, ``s3://``, ``https://``."""

_WHAT: Final = "source"
_SHOWN: Final = 80
"""How much of a file's name an error tells: what was given as a path may be no path."""


def image(source: MediaInput) -> Image:
    """Return a picture to put into a turn: png, jpeg, gif or webp.

    Its first bytes tell the format, then its MIME type, then its name.

    Raises:
        BadRequestError: It cannot be read, or is no picture that Bedrock takes.
    """
    if isinstance(source, str) and _is_address(source):
        return read_image(source, "", _WHAT)
    data, file_name = _bytes_of(source)
    return image_of(data, file_name, _WHAT)


def document(
    source: MediaInput,
    name: str | None = None,
    *,
    context: str | None = None,
    citations: bool | None = None,
) -> Document:
    """Return a document to put into a turn: pdf, csv, doc, docx, xls, xlsx, html, txt or md.

    Its MIME type tells the format, then its name, then its first bytes.

    Args:
        source: Where it is, or what it is.
        name: What the model shall know it by; that of the file when left out. Converse takes few
            characters and no name twice: `adjustments` lists what was renamed.
        context: What the model should know about the file.
        citations: Whether the answer should cite it.

    Raises:
        BadRequestError: It cannot be read, or is of no format that Bedrock takes.
    """
    if isinstance(source, str) and _is_address(source):
        found = read_document(source, name or _name_in(source), _WHAT)
        chosen = name or PurePosixPath(found.name).stem
    else:
        data, file_name = _bytes_of(source)
        chosen = name or PurePosixPath(file_name).stem
        found = document_of(data, chosen, file_name, _WHAT)
    return msgspec.structs.replace(found, name=chosen, context=context, citations=citations)


def without_names(message: Message) -> Message:
    """Return the message with its documents unnamed; before it is sent, each gets a number."""
    content = tuple(
        msgspec.structs.replace(block, name="") if isinstance(block, Document) else block
        for block in message.content
    )
    return msgspec.structs.replace(message, content=content)


def _is_address(source: str) -> bool:
    return source[:5].lower() == "data:" or "://" in source[:16] or is_base64(source)


def _name_in(address: str) -> str:
    if address[:5].lower() == "data:" or "://" not in address[:16]:
        return ""
    return PurePosixPath(unquote(urlsplit(address).path)).name


def _bytes_of(source: MediaInput) -> tuple[bytes, str]:
    """Return what a caller gave, and the name of its file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), ""
    path = Path(source)
    try:
        return path.read_bytes(), path.name
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise BadRequestError(
            f"the file {path.name[:_SHOWN]} cannot be read: {reason}",
            hint="give a path, bytes, base64, a data URL, s3:// or https://",
        ) from error
