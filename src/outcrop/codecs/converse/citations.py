"""Text with its sources, and passages that may be cited.

Place in the house: the Converse codec. Used by `blocks` and `stream`.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeVar

from outcrop.codecs.converse import wire_blocks as wire
from outcrop.codecs.converse.media import decode_citing, encode_citing
from outcrop.codecs.converse.surplus import API, decode_extra, encode_extra, encode_foreign
from outcrop.protocols.lossless import member
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

Textual = TypeVar("Textual", wire.CitationText, wire.CitationTextDelta, wire.SearchResultText)


def decode_cited(block: wire.CitationsContent) -> CitedText:
    """Read text with its sources."""
    citations = block.citations
    return CitedText(
        content=_decode_texts(block.content),
        citations=None if citations is None else tuple(map(decode_citation, citations)),
        extra=decode_extra(block.surplus),
    )


def encode_cited(block: CitedText) -> wire.CitationsContent:
    """Write text with its sources."""
    citations = block.citations
    return wire.CitationsContent(
        content=_encode_texts(block.content, wire.CitationText),
        citations=None if citations is None else tuple(map(encode_citation, citations)),
        surplus=encode_extra(block.extra),
    )


def decode_citation(citation: wire.Citation | wire.CitationDelta) -> Citation:
    """Read one source."""
    return Citation(
        title=citation.title,
        source=citation.source,
        source_content=_decode_texts(citation.source_content),
        location=_decode_location(citation.location),
        extra=decode_extra(citation.surplus),
    )


def encode_citation(citation: Citation) -> wire.Citation:
    """Write one source."""
    return wire.Citation(
        title=citation.title,
        source=citation.source,
        source_content=_encode_texts(citation.source_content, wire.CitationText),
        location=_encode_location(citation.location),
        surplus=encode_extra(citation.extra),
    )


def encode_citation_delta(citation: Citation) -> wire.CitationDelta:
    """Write one source as a stream brings it."""
    return wire.CitationDelta(
        title=citation.title,
        source=citation.source,
        source_content=_encode_texts(citation.source_content, wire.CitationTextDelta),
        location=_encode_location(citation.location),
        surplus=encode_extra(citation.extra),
    )


def decode_search_result(block: wire.SearchResultBlock) -> SearchResult:
    """Read a passage found."""
    return SearchResult(
        source=block.source,
        title=block.title,
        content=_decode_texts(block.content) or (),
        citations=decode_citing(block.citations),
        extra=decode_extra(block.surplus),
    )


def encode_search_result(block: SearchResult) -> wire.SearchResultBlock:
    """Write a passage found."""
    return wire.SearchResultBlock(
        source=block.source,
        title=block.title,
        content=_encode_texts(block.content, wire.SearchResultText) or (),
        citations=encode_citing(block.citations),
        surplus=encode_extra(block.extra),
    )


def _decode_texts(
    texts: Iterable[wire.CitationText | wire.CitationTextDelta | wire.SearchResultText] | None,
) -> tuple[Text, ...] | None:
    if texts is None:
        return None
    return tuple(Text(text=each.text, extra=decode_extra(each.surplus)) for each in texts)


def _encode_texts(
    texts: tuple[Text, ...] | None, kind: type[Textual]
) -> tuple[Textual, ...] | None:
    if texts is None:
        return None
    return tuple(kind(text=each.text, surplus=encode_extra(each.extra)) for each in texts)


def _decode_location(location: wire.CitationLocation | None) -> CitationLocation | None:
    if location is None:
        return None
    found = member(location)
    return _LOCATION_DECODERS[type(found)](found)


def _decode_web(location: wire.WebLocation) -> WebLocation:
    return WebLocation(
        url=location.url, domain=location.domain, extra=decode_extra(location.surplus)
    )


def _decode_range(
    location: wire.CharLocation | wire.PageLocation | wire.ChunkLocation,
) -> DocumentLocation:
    return DocumentLocation(
        unit=_UNITS[type(location)],
        document_index=location.document_index,
        start=location.start,
        end=location.end,
        extra=decode_extra(location.surplus),
    )


def _decode_search_location(location: wire.SearchResultLocation) -> SearchResultLocation:
    return SearchResultLocation(
        search_result_index=location.search_result_index,
        start=location.start,
        end=location.end,
        extra=decode_extra(location.surplus),
    )


def _decode_foreign_location(surplus: Surplus) -> Foreign:
    assert surplus.whole is not None, "a union is read as one member or as a whole"
    return Foreign(api=API, raw=surplus.whole.copy())


RANGES: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {"char": wire.CharLocation, "page": wire.PageLocation, "chunk": wire.ChunkLocation}
)
"""What this wire can count in; a range in anything else is left out."""

_UNITS: Final = MappingProxyType({kind: unit for unit, kind in RANGES.items()})

_LOCATION_DECODERS: Final[Mapping[type, Callable[[Any], CitationLocation]]] = MappingProxyType(
    {
        wire.WebLocation: _decode_web,
        wire.CharLocation: _decode_range,
        wire.PageLocation: _decode_range,
        wire.ChunkLocation: _decode_range,
        wire.SearchResultLocation: _decode_search_location,
        Surplus: _decode_foreign_location,
    }
)


def _encode_location(location: CitationLocation | None) -> wire.CitationLocation | None:
    match location:
        case None:
            return None
        case WebLocation():
            return wire.CitationLocation(web=_encode_web(location))
        case DocumentLocation():
            return _encode_range(location)
        case SearchResultLocation():
            found = _encode_search_location(location)
            return wire.CitationLocation(search_result_location=found)
        case Foreign():
            surplus = encode_foreign(location.api, location.raw)
            return None if surplus is None else wire.CitationLocation(surplus=surplus)


def _encode_web(location: WebLocation) -> wire.WebLocation:
    return wire.WebLocation(
        url=location.url, domain=location.domain, surplus=encode_extra(location.extra)
    )


def _encode_range(location: DocumentLocation) -> wire.CitationLocation | None:
    kind = RANGES.get(location.unit)
    if kind is None:
        return None
    found = kind(
        document_index=location.document_index,
        start=location.start,
        end=location.end,
        surplus=encode_extra(location.extra),
    )
    return wire.CitationLocation(**{f"document_{location.unit}": found})


def _encode_search_location(location: SearchResultLocation) -> wire.SearchResultLocation:
    return wire.SearchResultLocation(
        search_result_index=location.search_result_index,
        start=location.start,
        end=location.end,
        surplus=encode_extra(location.extra),
    )
