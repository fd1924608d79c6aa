"""The parts of a message, as blocks.

Place in the house: OpenAI Chat codec.

Source: behaviour specification, OAI-01, MSG-05, CACHE-01, IMG-01, DOC-01, DOC-04.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

import msgspec

from outcrop.codecs.openai_chat import wire
from outcrop.protocols.media import read_audio, read_file, read_image
from outcrop.protocols.refusal import refused
from outcrop.types.content import Audio, CachePoint, Document, Image, Text, Video
from outcrop.types.json import Extra
from outcrop.types.responses import Adjustment

API: Final = "openai_chat"

PartBlock: TypeAlias = Text | Image | Audio | Document | Video
"""What a part can be."""

_Media = TypeVar("_Media", Image, Audio, Document, Video, Document | Image | Video | Audio)
_Reader: TypeAlias = Callable[[wire.Part, str, list[Adjustment]], PartBlock]

_DETAIL_IGNORED: Final = Adjustment(
    rule="ignored_parameter", detail="image_url.detail was ignored: Bedrock chooses itself"
)
_BREAKPOINT_SHORTENED: Final = Adjustment(
    rule="cache_ttl", detail="prompt_cache_breakpoint.ttl 12h became 1h, the longest there is"
)
_TTLS: Final = ("5m", "1h")
# OpenAI's times are the shortest a cache entry must live.
_BREAKPOINT_TTLS: Final[Mapping[str, str]] = MappingProxyType({"30m": "1h", "12h": "1h"})


def extra_of(surplus: wire.Surplus) -> Extra | None:
    """Keep members that no Struct named."""
    return Extra(API, surplus) if surplus else None


def decode_content(
    content: str | tuple[wire.Part, ...] | None, path: str, changes: list[Adjustment]
) -> list[PartBlock | CachePoint]:
    """Read the content of a message.

    Raises:
        BadRequestError: A part is of unknown type, or its data cannot be read.
    """
    if isinstance(content, str):
        return [Text(text=content)]
    blocks: list[PartBlock | CachePoint] = []
    for position, part in enumerate(content or ()):
        place = f"{path}.content[{position}]"
        blocks.append(decode_part(part, place, changes))
        blocks.extend(cache_points(part.cache_control, place))
        if part.prompt_cache_breakpoint is not None:
            blocks.append(_breakpoint(part.prompt_cache_breakpoint, place, changes))
    return blocks


def decode_part(part: wire.Part, path: str, changes: list[Adjustment]) -> PartBlock:
    """Read one part.

    Raises:
        BadRequestError: It is of unknown type, or its data cannot be read.
    """
    reader = _READERS.get(part.type)
    if reader is None:
        raise refused(f"unsupported content part type: {part.type}", f"{path}.type")
    return reader(part, path, changes)


def cache_points(control: wire.CacheControl | None, path: str) -> tuple[CachePoint, ...]:
    """Return the cache point that a mark asks for, if there is a mark.

    Raises:
        BadRequestError: The mark asks for what Bedrock's cache cannot do.
    """
    if control is None:
        return ()
    if control.type != "ephemeral":
        place = f"{path}.cache_control.type"
        raise refused(f"unsupported cache_control type: {control.type}", place)
    if control.ttl is not None and control.ttl not in _TTLS:
        place = f"{path}.cache_control.ttl"
        raise refused(f"unsupported cache_control ttl: {control.ttl}; give 5m or 1h", place)
    return (CachePoint(ttl=control.ttl),)


def _breakpoint(mark: wire.CacheBreakpoint, path: str, changes: list[Adjustment]) -> CachePoint:
    if mark.ttl is None:
        return CachePoint()
    if mark.ttl not in _BREAKPOINT_TTLS:
        place = f"{path}.prompt_cache_breakpoint.ttl"
        raise refused(f"unsupported prompt_cache_breakpoint ttl: {mark.ttl}", place)
    if mark.ttl == "12h":
        changes.append(_BREAKPOINT_SHORTENED)
    return CachePoint(ttl=_BREAKPOINT_TTLS[mark.ttl])


def _text(part: wire.Part, path: str, _changes: list[Adjustment]) -> Text:
    if part.text is None:
        raise refused(f"{path}.text is required", f"{path}.text")
    return Text(text=part.text, extra=extra_of(part.surplus))


def _refusal(part: wire.Part, path: str, _changes: list[Adjustment]) -> Text:
    if part.refusal is None:
        raise refused(f"{path}.refusal is required", f"{path}.refusal")
    return Text(text=part.refusal, extra=extra_of(part.surplus))


def _image(part: wire.Part, path: str, changes: list[Adjustment]) -> Image:
    place = f"{path}.image_url"
    given = part.image_url
    if given is None:
        raise refused(f"{place} is required", place)
    if isinstance(given, str):
        return _with_extra(read_image(given, "", place), part)
    if given.detail not in {None, "auto"}:
        changes.append(_DETAIL_IGNORED)
    return _with_extra(read_image(given.url, given.format or "", f"{place}.url"), part)


def _audio(part: wire.Part, path: str, _changes: list[Adjustment]) -> Audio:
    place = f"{path}.input_audio"
    given = part.input_audio
    if given is None:
        raise refused(f"{place} is required", place)
    return _with_extra(read_audio(given.data, given.format or "", f"{place}.data"), part)


def _file(part: wire.Part, path: str, _changes: list[Adjustment]) -> PartBlock:
    place = f"{path}.file"
    given = part.file
    if given is None:
        raise refused(f"{place} is required", place)
    if given.file_id:
        raise refused("uploaded files are not kept here: send file_data", f"{place}.file_id")
    if not given.file_data:
        raise refused(f"{place}.file_data is required", f"{place}.file_data")
    name = given.filename or ""
    return _with_extra(read_file(given.file_data, name, given.format or "", place), part)


def _with_extra(block: _Media, part: wire.Part) -> _Media:
    if not part.surplus:
        return block
    return msgspec.structs.replace(block, extra=extra_of(part.surplus))


_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "text": _text,
        "image_url": _image,
        "input_audio": _audio,
        "file": _file,
        "refusal": _refusal,
    }
)
