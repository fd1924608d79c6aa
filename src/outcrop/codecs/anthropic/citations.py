"""Text with its sources, and passages that may be cited.

Place in the house: the Anthropic codec. Used by `blocks` and `stream`.

On this wire a citation is one object, with what is cited and where; a citation that says no place
this wire can count in cannot be written and is left out.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from outcrop.codecs.anthropic import wire_blocks as wire
from outcrop.codecs.anthropic.media import decode_citing, encode_citing
from outcrop.codecs.anthropic.surplus import (
    decode_extra,
    decode_foreign,
    encode_extra,
    encode_foreign,
)
from outcrop.protocols.wire_type import Surplus
from outcrop.types.content import (
    Citation,
    CitationLocation,
    CitedText,
    DocumentLocation,
    Foreign,
    SearchResult,
    SearchResultLocation,
    Text,
    WebLocation,
)


class _Range(msgspec.Struct, frozen=True):
    """How one kind of range names its ends."""

    kind: Callable[..., Any]
    start: str
    end: str


_RANGES: Final[Mapping[str, _Range]] = MappingProxyType(
    {
        "char": _Range(wire.CharLocation, "start_char_index", "end_char_index"),
        "page": _Range(wire.PageLocation, "start_page_number", "end_page_number"),
        "chunk": _Range(wire.PieceLocation, "start_block_index", "end_block_index"),
    }
)
_UNITS: Final = MappingProxyType({each.kind: unit for unit, each in _RANGES.items()})


def decode_text(block: wire.TextBlock) -> Text | CitedText:
    """Read something said, with its sources if there are any."""
    extra = decode_extra(block.surplus)
    if not block.citations:
        return Text(text=block.text, extra=extra)
    citations = tuple(map(decode_citation, block.citations))
    return CitedText(content=(Text(text=block.text),), citations=citations, extra=extra)


def encode_cited(block: CitedText) -> wire.TextBlock:
    """Write something said with its sources."""
    return wire.TextBlock(
        text=block.text,
        citations=encode_citations(block) or None,
        surplus=encode_extra(block.extra),
    )


def encode_citations(block: CitedText) -> tuple[Any, ...]:
    """Write the sources, but for those this wire has no word for."""
    written = map(encode_citation, block.citations or ())
    return tuple(each for each in written if each is not None)


def decode_citation(citation: wire.Citation | Surplus) -> Citation:
    """Read one source."""
    if isinstance(citation, Surplus):
        return Citation(location=decode_foreign(citation))
    return _CITATION_DECODERS[type(citation)](citation)


def encode_citation(citation: Citation) -> Any:
    """Write one source; None where this wire cannot say where it stands."""
    location = citation.location
    write = _CITATION_ENCODERS.get(type(location))
    return None if write is None else write(citation, location)


def is_sayable(citation: Citation) -> bool:
    """Tell whether this wire can say where the source stands."""
    return encode_citation(citation) is not None


def _decode(citation: Any, location: CitationLocation, title: str | None) -> Citation:
    cited = citation.cited_text
    return Citation(
        title=title,
        source=getattr(citation, "source", None),
        source_content=None if cited is None else (Text(text=cited),),
        location=location,
        extra=decode_extra(citation.surplus),
    )


def _decode_range(citation: Any) -> Citation:
    unit = _UNITS[type(citation)]
    location = DocumentLocation(
        unit=unit,
        document_index=citation.document_index,
        start=getattr(citation, _RANGES[unit].start),
        end=getattr(citation, _RANGES[unit].end),
    )
    return _decode(citation, location, citation.document_title)


def _decode_search_result(citation: wire.SearchResultLocation) -> Citation:
    location = SearchResultLocation(
        search_result_index=citation.search_result_index,
        start=citation.start_block_index,
        end=citation.end_block_index,
    )
    return _decode(citation, location, citation.title)


def _decode_web(citation: wire.WebLocation) -> Citation:
    return _decode(citation, WebLocation(url=citation.url), citation.title)


_CITATION_DECODERS: Final[Mapping[type, Callable[[Any], Citation]]] = MappingProxyType(
    {
        wire.CharLocation: _decode_range,
        wire.PageLocation: _decode_range,
        wire.PieceLocation: _decode_range,
        wire.SearchResultLocation: _decode_search_result,
        wire.WebLocation: _decode_web,
    }
)


def _cited_text(citation: Citation) -> str:
    # Required by clients, and absent where another API did not tell.
    return "".join(part.text for part in citation.source_content or ())


def _encode_range(citation: Citation, location: DocumentLocation) -> Any:
    found = _RANGES.get(location.unit)
    if found is None:
        return None
    return found.kind(
        cited_text=_cited_text(citation),
        document_index=location.document_index,
        document_title=citation.title,
        surplus=encode_extra(citation.extra),
        **{found.start: location.start, found.end: location.end},
    )


def _encode_search_result(
    citation: Citation, location: SearchResultLocation
) -> wire.SearchResultLocation:
    return wire.SearchResultLocation(
        cited_text=_cited_text(citation),
        search_result_index=location.search_result_index,
        source=citation.source,
        title=citation.title,
        start_block_index=location.start,
        end_block_index=location.end,
        surplus=encode_extra(citation.extra),
    )


def _encode_web(citation: Citation, location: WebLocation) -> wire.WebLocation:
    return wire.WebLocation(
        cited_text=_cited_text(citation),
        url=location.url,
        title=citation.title,
        surplus=encode_extra(citation.extra),
    )


def _encode_foreign(_citation: Citation, location: Foreign) -> Surplus | None:
    return encode_foreign(location)


_CITATION_ENCODERS: Final[Mapping[type, Callable[[Citation, Any], Any]]] = MappingProxyType(
    {
        DocumentLocation: _encode_range,
        SearchResultLocation: _encode_search_result,
        WebLocation: _encode_web,
        Foreign: _encode_foreign,
    }
)


def decode_search_result(block: wire.InnerSearchResult) -> SearchResult | Foreign:
    """Read a passage found; kept as it is where it holds more than text."""
    if any(isinstance(each, Surplus) for each in block.content):
        return decode_foreign(block)
    return SearchResult(
        source=block.source,
        title=block.title,
        content=tuple(map(decode_inner_text, block.content)),
        citations=decode_citing(block.citations),
        extra=decode_extra(block.surplus),
    )


def encode_search_result(
    kind: type[wire.InnerSearchResult], block: SearchResult
) -> wire.InnerSearchResult:
    """Write a passage found; `kind` says where it stands."""
    return kind(
        source=block.source,
        title=block.title,
        content=tuple(map(encode_inner_text, block.content)),
        citations=encode_citing(block.citations),
        surplus=encode_extra(block.extra),
    )


def decode_inner_text(text: wire.InnerText) -> Text:
    """Read a text that stands inside another block."""
    return Text(text=text.text, extra=decode_extra(text.surplus))


def encode_inner_text(text: Text) -> wire.InnerText:
    """Write a text that stands inside another block."""
    return wire.InnerText(text=text.text, surplus=encode_extra(text.extra))
