"""The parts of messages and of tools' answers, both ways.

Place in the house: OpenAI Responses codec.

Source: OpenAI API reference, "Create a model response"; behaviour specification, RESP-01, IMG-01,
DOC-01, MSG-05.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

import msgspec

from outcrop.codecs.openai_responses import wire
from outcrop.codecs.openai_responses.extras import API, decode_extra, lay_over, make_extra
from outcrop.errors import BadRequestError, OutcropError, UnsupportedError, WireError
from outcrop.protocols.lossless import Reader
from outcrop.protocols.media import data_url, document_url, read_file, read_image
from outcrop.protocols.refusal import refused
from outcrop.types.content import (
    Block,
    CachePoint,
    Citation,
    CitedText,
    Document,
    Foreign,
    GuardImage,
    GuardText,
    Image,
    Inline,
    JsonValue,
    Pieces,
    Plain,
    Text,
    Url,
    WebLocation,
)
from outcrop.types.json import Extra

Entry: TypeAlias = dict[str, Any]
"""A JSON object, to be written."""

Raised: TypeAlias = type[BadRequestError] | type[WireError]
"""Whose fault it is when a piece is malformed: the caller's, or the service's."""

_Reader: TypeAlias = Callable[[wire.Part, str], Block | None]

_members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_texts: Final = msgspec.json.Decoder(str)
_lists: Final = msgspec.json.Decoder(list[msgspec.Raw])
_STRING: Final = ord('"')


def decode_content(raw: msgspec.Raw, path: str, raised: Raised) -> tuple[Any, ...]:
    """Read the content of a message or a tool's answer: a text, or parts.

    Raises:
        OutcropError: It is neither; of the class given.
    """
    try:
        if memoryview(raw)[0] == _STRING:
            return (Text(text=_texts.decode(raw)),)
        parts = _lists.decode(raw)
    except msgspec.DecodeError:
        raise _error(raised, f"{path} must be a text or a list of parts", path) from None
    return tuple(
        block
        for place, part in enumerate(parts)
        for block in decode_part(part, f"{path}[{place}]", raised)
    )


def decode_part(raw: msgspec.Raw, path: str, raised: Raised) -> Iterator[Block]:
    """Yield one part, and the cache point after it; a part of an unknown kind is kept whole.

    Raises:
        OutcropError: It is malformed; of the class given.
    """
    part: wire.Part = read_within(_PARTS[raised], raw, path)
    reader = _READERS.get(part.type)
    block = None if reader is None else _read(reader, part, path, raised)
    yield Foreign(api=API, raw=raw.copy()) if block is None else block
    mark = wire.given(part.prompt_cache_breakpoint)
    if mark is not None and block is not None:
        yield _cache_point(mark, path)


def _read(reader: _Reader, part: wire.Part, path: str, raised: Raised) -> Block | None:
    try:
        return reader(part, path)
    except (BadRequestError, WireError) as error:
        raise _error(raised, error.message, error.param or path) from error


def _cache_point(mark: msgspec.Raw, path: str) -> CachePoint:
    try:
        members = _members.decode(mark)
    except msgspec.DecodeError:
        place = f"{path}.prompt_cache_breakpoint"
        raise refused(f"{place} must be an object", place) from None
    members.pop("mode", None)
    return CachePoint(extra=make_extra(members))


def read_within(reader: Reader[Any, None, Any], raw: msgspec.Raw, path: str) -> Any:
    """Read a document that stands at `path` of a larger one.

    Raises:
        OutcropError: It is malformed; the path is whole again.
    """
    try:
        return reader.read(bytes(raw), None)
    except (BadRequestError, WireError) as error:
        place = ".".join(filter(None, (path, error.param)))
        raise _error(type(error), f"{path}: {error.message}", place) from None


def _error(raised: Raised, message: str, path: str) -> OutcropError:
    return refused(message, path) if raised is BadRequestError else WireError(message)


def _as_read(part: wire.Part, _context: None) -> wire.Part:
    return part


_PARTS: Final[Mapping[Any, Reader[wire.Part, None, wire.Part]]] = MappingProxyType(
    {raised: Reader(wire.Part, _as_read, raised) for raised in (BadRequestError, WireError)}
)


def _read_text(part: wire.Part, _path: str) -> Text | CitedText | None:
    if part.text is None:
        return None
    text = Text(text=part.text, extra=_text_extra(part))
    if part.annotations:
        return CitedText(content=(text,), citations=tuple(map(decode_citation, part.annotations)))
    return text


def _text_extra(part: wire.Part) -> Extra | None:
    if not part.logprobs:
        return decode_extra(part.surplus)
    surplus = part.surplus.members if part.surplus is not None else {}
    return make_extra({**surplus, "logprobs": msgspec.Raw(msgspec.json.encode(part.logprobs))})


def _read_refusal(part: wire.Part, _path: str) -> Text | None:
    return None if part.refusal is None else Text(text=part.refusal)


def _read_image(part: wire.Part, path: str) -> Block | None:
    if part.image_url is None:
        return None
    image = read_image(part.image_url, "", f"{path}.image_url")
    return msgspec.structs.replace(image, extra=decode_extra(part.surplus))


def _read_file(part: wire.Part, path: str) -> Block | None:
    data = part.file_data or part.file_url
    if data is None:
        return None
    block = read_file(data, part.filename or "", "", path)
    return msgspec.structs.replace(block, extra=decode_extra(part.surplus))


_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "input_text": _read_text,
        "output_text": _read_text,
        "refusal": _read_refusal,
        "input_image": _read_image,
        "input_file": _read_file,
    }
)


def decode_citation(raw: msgspec.Raw) -> Citation:
    """Read where a piece of the text was taken from.

    Raises:
        WireError: It is no object.
    """
    annotation = _ANNOTATIONS.read(bytes(raw), None)
    if annotation.type != "url_citation":
        return Citation(location=Foreign(api=API, raw=raw.copy()))
    return Citation(
        title=annotation.title,
        location=WebLocation(url=annotation.url),
        extra=decode_extra(annotation.surplus),
    )


def _annotation_as_read(annotation: wire.Annotation, _context: None) -> wire.Annotation:
    return annotation


_ANNOTATIONS: Final = Reader(wire.Annotation, _annotation_as_read, WireError)


def encode_citation(citation: Citation, start: int, end: int) -> Entry | None:
    """Write where the text from `start` to `end` was taken from; None where there is no form."""
    place = citation.location
    if isinstance(place, Foreign):
        return dict(_members.decode(place.raw)) if place.api == API else None
    if not isinstance(place, WebLocation):
        return None
    entry = {
        "type": "url_citation",
        "url": place.url or "",
        "title": citation.title or "",
        "start_index": start,
        "end_index": end,
    }
    return lay_over(entry, citation.extra)


def encode_input_part(block: Any) -> Entry | None:
    """Write a block as a part of what is asked; None where there is no form for it.

    Raises:
        UnsupportedError: A file stands where this API cannot fetch it.
    """
    encode = _ENCODERS.get(type(block))
    part = None if encode is None else encode(block)
    return None if part is None else lay_over(part, getattr(block, "extra", None))


def _encode_text(block: Text | CitedText | GuardText) -> Entry:
    return {"type": "input_text", "text": block.text}


def _encode_json(block: JsonValue) -> Entry:
    return {"type": "input_text", "text": bytes(block.value).decode()}


def _encode_image(block: Image | GuardImage) -> Entry:
    source = block.source
    if isinstance(source, Url):
        return {"type": "input_image", "image_url": source.url}
    return {
        "type": "input_image",
        "image_url": data_url(f"image/{block.format}", _bytes_of(source, "a picture")),
    }


def _encode_document(block: Document) -> Entry:
    source = block.source
    if isinstance(source, Url):
        return {"type": "input_file", "file_url": source.url}
    name = block.name
    if block.format and "." not in name:
        name = f"{name}.{block.format}"
    url = document_url(block.format, _document_bytes(source))
    return {"type": "input_file", "filename": name, "file_data": url}


def _document_bytes(source: Any) -> bytes:
    if isinstance(source, Plain):
        return source.text.encode()
    if isinstance(source, Pieces):
        return "\n\n".join(source.texts).encode()
    return _bytes_of(source, "a document")


def _bytes_of(source: Any, what: str) -> bytes:
    if isinstance(source, Inline):
        return source.data
    raise UnsupportedError(
        f"the Responses API cannot fetch {what} from {type(source).__name__}",
        hint="send its bytes",
    )


def _encode_foreign(block: Foreign) -> Entry | None:
    return dict(_members.decode(block.raw)) if block.api == API else None


_ENCODERS: Final[Mapping[type, Callable[[Any], Entry | None]]] = MappingProxyType(
    {
        Text: _encode_text,
        CitedText: _encode_text,
        GuardText: _encode_text,
        JsonValue: _encode_json,
        Image: _encode_image,
        GuardImage: _encode_image,
        Document: _encode_document,
        Foreign: _encode_foreign,
    }
)
