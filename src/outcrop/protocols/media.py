"""Pictures, sounds and files as web APIs send them: data URLs, addresses, base64.

Place in the house: protocols. Knows which formats Bedrock takes, and tells them by their
first bytes, then by MIME type, then by file name: what a client says a file is, is often wrong.

Source: behaviour specification, IMG-01, DOC-01, DOC-04; bedrock-runtime service model, shapes
ImageFormat, DocumentFormat, VideoFormat, AudioFormat.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from outcrop.protocols.refusal import refused
from outcrop.types.content import S3, Audio, Document, Image, Inline, MediaSource, Url, Video

IMAGES: Final = ("png", "jpeg", "gif", "webp")
DOCUMENTS: Final = ("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md")
VIDEOS: Final = ("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")
AUDIOS: Final = (
    "mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "x-aac", "m4a", "mpeg",
    "mpga", "pcm", "webm",
)  # fmt: skip

_DATA_URL: Final = re.compile(r"data:(?P<mime>[^;,]*)(?P<parameters>[^,]*),", re.IGNORECASE)
_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,8})$")

# Names of a format other than Bedrock's own: MIME subtypes and file extensions.
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jpg": "jpeg",
        "pjpeg": "jpeg",
        "htm": "html",
        "plain": "txt",
        "text": "txt",
        "markdown": "md",
        "x-markdown": "md",
        "msword": "doc",
        "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
        "vnd.ms-excel": "xls",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
        "x-matroska": "mkv",
        "quicktime": "mov",
        "x-flv": "flv",
        "x-ms-wmv": "wmv",
        "3gpp": "three_gp",
        "3gp": "three_gp",
        "x-wav": "wav",
        "wave": "wav",
        "vnd.wave": "wav",
        "x-flac": "flac",
        "x-m4a": "m4a",
    }
)

# What a document's format is called in the rest of the world.
_MEDIA_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "pdf": "application/pdf",
        "csv": "text/csv",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "html": "text/html",
        "txt": "text/plain",
        "md": "text/markdown",
    }
)

# First bytes, the offset where they stand, and what they show.
_MAGIC: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF8", "gif"),
    (8, b"WEBP", "webp"),
    (0, b"%PDF-", "pdf"),
)
_BEGINNING: Final = 32
"""Letters of base64 that show the first bytes: 24 of them."""
# Containers of several formats: these tell apart text from binary, and confirm, but never decide.
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Media(msgspec.Struct, frozen=True):
    """Where something is, or what it is."""

    source: MediaSource
    mime: str = ""
    """As the data URL says; empty when it does not."""


def document_url(form: str, data: bytes) -> str:
    """Write a document as a data URL; one of unknown format is bytes without further name."""
    return data_url(_MEDIA_TYPES.get(form, "application/octet-stream"), data)


def data_url(media_type: str, data: bytes) -> str:
    """Write bytes as a data URL."""
    return f"data:{media_type};base64,{b64encode(data).decode()}"


def read_image(url: str, stated: str, path: str) -> Image:
    """Read the address of a picture, or the picture itself.

    Raises:
        BadRequestError: It is no address, or no picture that Bedrock takes.
    """
    return _image(_read(url, path), (stated, _extension(url)), path)


def read_audio(data: str, stated: str, path: str) -> Audio:
    """Read a sound.

    Raises:
        BadRequestError: It is no base64, or no sound that Bedrock takes.
    """
    return _audio(_read(data, path), (stated, _extension(data)), path)


def read_file(data: str, name: str, stated: str, path: str) -> Document | Image | Video | Audio:
    """Read a file: a document, unless its MIME type says picture, film or sound.

    Raises:
        BadRequestError: It is no base64 and no address, or of no format that Bedrock takes.
    """
    media = _read(data, path)
    names = (media.mime or stated, _extension(name), _extension(data))
    kind = names[0].partition("/")[0].lower()
    if kind == "image":
        return _image(media, names, path)
    if kind == "audio":
        return _audio(media, names, path)
    if kind == "video":
        return _video(media, names, path)
    return _document(media, names, name, path)


def read_document(url: str, name: str, path: str) -> Document:
    """Read the address of a document, or the document itself, whatever it says it is.

    Raises:
        BadRequestError: It is no address, or of no format that Bedrock takes.
    """
    media = _read(url, path)
    return _document(media, (media.mime, _extension(name), _extension(url)), name, path)


def image_of(data: bytes, file_name: str, path: str) -> Image:
    """Make a picture of its bytes.

    Raises:
        BadRequestError: It is no picture that Bedrock takes.
    """
    return _image(Media(Inline(data)), (_extension(file_name),), path)


def document_of(data: bytes, name: str, file_name: str, path: str) -> Document:
    """Make a document of its bytes.

    Raises:
        BadRequestError: It is of no format that Bedrock takes.
    """
    return _document(Media(Inline(data)), (_extension(file_name), _extension(name)), name, path)


def is_base64(text: str) -> bool:
    """Tell whether `text` is base64 of a picture or a PDF, by how it begins."""
    try:
        head = b64decode(text[:_BEGINNING], validate=True)
    except (binascii.Error, ValueError):
        return False
    return bool(_sniff(Inline(head)))


def _image(media: Media, names: tuple[str, ...], path: str) -> Image:
    form = _known(_sniff(media.source), media.mime, *names, of=IMAGES)
    if not form and not isinstance(media.source, Url):
        raise refused("unsupported image format: give png, jpeg, gif or webp", path)
    return Image(format=form, source=media.source)


def _audio(media: Media, names: tuple[str, ...], path: str) -> Audio:
    form = _known(media.mime, *names, of=AUDIOS)
    if not form:
        raise refused(f"unsupported audio format: give one of {', '.join(AUDIOS)}", path)
    return Audio(format=form, source=media.source)


def _video(media: Media, names: tuple[str, ...], path: str) -> Video:
    form = _known(media.mime, *names, of=VIDEOS)
    if not form:
        raise refused(f"unsupported video format: give one of {', '.join(VIDEOS)}", path)
    return Video(format=form, source=media.source)


def _document(media: Media, names: tuple[str, ...], name: str, path: str) -> Document:
    form = _known(*names, _sniff(media.source), of=DOCUMENTS)
    if not form and isinstance(media.source, Inline) and _is_text(media.source.data):
        form = "txt"
    if not form and not isinstance(media.source, Url):
        known = ", ".join(DOCUMENTS)
        raise refused(f"unknown file format: name the file so that it ends in one of {known}", path)
    return Document(name=name, source=media.source, format=form)


def _read(url: str, path: str) -> Media:
    scheme = url[:8].partition(":")[0].lower()
    if scheme == "data":
        return _read_data_url(url, path)
    if scheme == "https":
        return Media(Url(url))
    if scheme == "s3":
        return Media(S3(uri=url))
    if "://" in url[:16]:
        raise refused("unsupported address: give a data URL, an https URL or s3://", path)
    return Media(Inline(decode_base64(url, path)))


def _read_data_url(url: str, path: str) -> Media:
    head = _DATA_URL.match(url)
    if head is None:
        raise refused("the data URL has no comma before its data", path)
    body = url[head.end() :]
    in_base64 = head["parameters"].lower().endswith(";base64")
    data = decode_base64(body, path) if in_base64 else unquote_to_bytes(body)
    return Media(Inline(data), head["mime"].lower())


def decode_base64(text: str, path: str) -> bytes:
    """Read base64.

    Raises:
        BadRequestError: It is not.
    """
    # Some encoders break lines; joining them costs a copy, so only where it is needed.
    joined = "".join(text.split()) if "\n" in text or " " in text else text
    try:
        return b64decode(joined, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("the data is not valid base64", path) from error


def _known(*names: str, of: tuple[str, ...]) -> str:
    """Return the first of the names (formats, MIME types) that is one of the formats `of`."""
    for name in names:
        short = name.lower().rpartition("/")[2]
        form = _ALIASES.get(short, short)
        if form in of:
            return form
    return ""


def _sniff(source: MediaSource) -> str:
    if not isinstance(source, Inline):
        return ""
    head = source.data[:16]
    return next((form for at, magic, form in _MAGIC if head.startswith(magic, at)), "")


def _extension(name: str) -> str:
    if name[:5].lower() == "data:":
        return ""
    found = _EXTENSION.search(name.partition("?")[0].partition("#")[0][-64:])
    return found[1] if found else ""


def _is_text(data: bytes) -> bool:
    if data.startswith((_ZIP, _OLE)) or b"\0" in data:
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
