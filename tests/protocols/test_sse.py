from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop.errors import BadRequestError, WireError
from outcrop.protocols.sse import (
    MAX_EVENT,
    EventDecoder,
    ServerEvent,
    encode_comment,
    encode_event,
)
from tests.recordings import Interaction, cases


def _read(*chunks: bytes) -> list[ServerEvent]:
    decoder = EventDecoder()
    found: list[ServerEvent] = []
    for chunk in chunks:
        decoder.feed(chunk)
        found += decoder.events()
    return found


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        # The first five are the examples of the standard.
        pytest.param(
            b"data: YHOO\ndata: +2\ndata: 10\n\n", [ServerEvent(b"YHOO\n+2\n10")], id="lines"
        ),
        pytest.param(
            b": test stream\n\ndata: first event\nid: 1\n\n"
            b"data:second event\nid\n\ndata:  third\n\n",
            [
                ServerEvent(b"first event", id="1"),
                ServerEvent(b"second event"),
                ServerEvent(b" third"),
            ],
            id="comment-and-ids",
        ),
        pytest.param(
            b"data\n\ndata\ndata\n\ndata:", [ServerEvent(b""), ServerEvent(b"\n")], id="empty-data"
        ),
        pytest.param(
            b"data:test\n\ndata: test\n\n",
            [ServerEvent(b"test"), ServerEvent(b"test")],
            id="one-blank-is-no-data",
        ),
        pytest.param(
            b"event: add\ndata: 1\n\nevent: remove\ndata: 2\n\n",
            [ServerEvent(b"1", "add"), ServerEvent(b"2", "remove")],
            id="names",
        ),
        pytest.param(
            b"data: a\r\rdata: b\r\n\r\n", [ServerEvent(b"a"), ServerEvent(b"b")], id="ends"
        ),
        pytest.param(b"\xef\xbb\xbfdata: a\n\n", [ServerEvent(b"a")], id="byte-order-mark"),
        pytest.param(
            b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n",
            [ServerEvent(b"b")],
            id="one-mark-only",
        ),
        pytest.param(b"data: a\n\ndata: b\n", [ServerEvent(b"a")], id="unfinished"),
        pytest.param(b"event: a\n\ndata: b\n\n", [ServerEvent(b"b")], id="name-without-data"),
        pytest.param(
            b"id: 1\ndata: a\n\ndata: b\n\n",
            [ServerEvent(b"a", id="1"), ServerEvent(b"b", id="1")],
            id="id-stays",
        ),
        pytest.param(b"id: a\0b\ndata: a\n\n", [ServerEvent(b"a")], id="id-with-nul"),
        pytest.param(b"Data: a\nfoo: b\n data: c\n\n", [], id="unknown-fields"),
        pytest.param(b'data: {"a": 1}\n\n', [ServerEvent(b'{"a": 1}')], id="colons-in-data"),
        pytest.param(b"data: \xff\nevent: \xff\n\n", [ServerEvent(b"\xff", "�")], id="not-utf-8"),
    ],
)
def test_read(stream: bytes, expected: list[ServerEvent]) -> None:
    """As the standard says, case by case."""
    assert _read(stream) == expected


@pytest.mark.parametrize(
    ("line", "retry_ms"),
    [
        pytest.param(b"retry: 1500", 1500, id="digits"),
        pytest.param(b"retry: 1.5", None, id="not-digits"),
        pytest.param(b"retry: -1", None, id="negative"),
        pytest.param(b"retry: " + b"9" * 5000, None, id="absurd"),
    ],
)
def test_retry(line: bytes, retry_ms: int | None) -> None:
    """The pause belongs to the stream, not to an event."""
    decoder = EventDecoder()
    decoder.feed(line + b"\n")

    assert list(decoder.events()) == []
    assert decoder.retry_ms == retry_ms


def test_a_return_ends_the_line_at_once() -> None:
    """An event does not wait for a line feed that may come a minute later, or never."""
    decoder = EventDecoder()
    decoder.feed(b"data: a\r\n\r")
    first = list(decoder.events())
    decoder.feed(b"")
    decoder.feed(b"\n")
    decoder.feed(b"data: b\n\n")

    assert first == [ServerEvent(b"a")]
    assert list(decoder.events()) == [ServerEvent(b"b")]


def test_leaving_the_loop_loses_nothing() -> None:
    """Events wait until they are asked for."""
    decoder = EventDecoder()
    decoder.feed(b"data: a\n\ndata: b\n\n")

    first = next(decoder.events())

    assert [first, *decoder.events()] == [ServerEvent(b"a"), ServerEvent(b"b")]


@pytest.mark.parametrize("piece", [b"x" * (1 << 20), b"data: " + b"x" * (1 << 20) + b"\n"])
def test_an_endless_event_is_refused(piece: bytes) -> None:
    """In one line or in many: memory has an end."""
    pieces = [piece] * (MAX_EVENT // len(piece) + 2)

    with pytest.raises(WireError, match=f"more than {MAX_EVENT} bytes"):
        _read(*pieces)


def test_many_events_are_no_long_event() -> None:
    """The limit is for one event; a stream may go on for ever."""
    decoder = EventDecoder()
    event = encode_event(b"x" * (MAX_EVENT // 2))

    for _ in range(3):
        decoder.feed(event)
        assert len(list(decoder.events())) == 1


@pytest.mark.parametrize(
    "recorded", cases("other", where=lambda each: bool(each.response.body_text))
)
def test_recorded(recorded: Interaction) -> None:
    """Streams of the OpenAI- and Anthropic-compatible endpoints: all events, however cut."""
    stream = recorded.response.data

    events = _read(stream)

    assert len(events) == stream.count(b"\n\n")
    assert _read(*(stream[at : at + 1] for at in range(len(stream)))) == events


# What we write.


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(encode_event(b"{}"), b"data: {}\n\n", id="plain"),
        pytest.param(encode_event(b""), b"data: \n\n", id="empty"),
        pytest.param(encode_event(b"{}", name="ping"), b"event: ping\ndata: {}\n\n", id="named"),
        pytest.param(
            encode_event(b"{}", name="a", event_id="7"),
            b"event: a\nid: 7\ndata: {}\n\n",
            id="with-id",
        ),
        pytest.param(encode_event(b"a\r\nb\n"), b"data: a\ndata: b\ndata: \n\n", id="lines"),
        pytest.param(encode_comment(), b": \n\n", id="comment"),
        pytest.param(encode_comment("ping"), b": ping\n\n", id="comment-with-text"),
    ],
)
def test_written(written: bytes, expected: bytes) -> None:
    """Byte for byte what clients of these APIs are used to."""
    assert written == expected


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b"])
@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda text: encode_event(b"", name=text), id="name"),
        pytest.param(lambda text: encode_event(b"", event_id=text), id="id"),
        pytest.param(encode_comment, id="comment"),
    ],
)
def test_nothing_is_smuggled_in(write: Callable[[str], bytes], text: str) -> None:
    """A name that holds a line end would be a field more."""
    with pytest.raises(BadRequestError, match="line end"):
        write(text)


# Laws.

texts = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), max_size=9)
data_bytes = st.text(max_size=30).map(lambda text: text.replace("\r", "").encode())
sent_events = st.builds(ServerEvent, data_bytes, texts, texts.filter(bool))


@given(st.lists(sent_events, max_size=5), st.data())
def test_decode_inverts_encode_at_any_cut(sent: list[ServerEvent], data: st.DataObject) -> None:
    """What is written is read, wherever the network cuts it and whatever ends its lines."""
    line_end = data.draw(st.sampled_from([b"\n", b"\r\n", b"\r"]))
    stream = b"".join(
        encode_event(event.data, name=event.name, event_id=event.id) for event in sent
    ).replace(b"\n", line_end)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    got = _read(*(stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])))

    assert got == sent


lines = st.sampled_from(
    [b"data: x", b"data:", b"data", b"event: e", b"id: 1", b"id", b": c", b"", b"", b"\xef\xbb\xbf"]
)
ends = st.sampled_from([b"\n", b"\r", b"\r\n"])


@given(st.lists(st.tuples(lines, ends).map(b"".join), max_size=20).map(b"".join))
def test_any_cut_reads_the_same(stream: bytes) -> None:
    """Mixed line ends and all: byte by byte is as good as at once."""
    assert _read(*(stream[at : at + 1] for at in range(len(stream)))) == _read(stream)
