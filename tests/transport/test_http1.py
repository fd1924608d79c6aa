import re
from collections.abc import Sequence
from itertools import pairwise

import h11
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcrop import errors
from outcrop.http import Headers, HttpHead, HttpRequest, Origin
from outcrop.transport.http1 import MAX_HEAD, Reply, encode_head

ORIGIN = Origin("https", "bedrock.example", 443)
TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Reading(msgspec.Struct, frozen=True):
    """What came of reading a reply. `end` is ``"ok"``, ``"cut"`` or ``"refused"``."""

    end: str
    head: HttpHead | None
    body: bytes


def read(pieces: Sequence[bytes], method: str = "GET") -> Reading:
    """Read as the drivers do: feed, take, and say that the connection has ended."""
    reply = Reply(method)
    body = b""
    for piece in pieces:
        reply.feed(piece)
        body += reply.take()
    reply.feed_end()
    return Reading(_verdict(reply), reply.head and _lower_coding(reply.head), body)


def _lower_coding(head: HttpHead) -> HttpHead:
    # h11 does this to the one value; for us a header is what arrived.
    coding = "transfer-encoding"
    return msgspec.structs.replace(
        head,
        headers=tuple((n, v.lower() if n.lower() == coding else v) for n, v in head.headers),
    )


def _verdict(reply: Reply) -> str:
    match reply.failure:
        case None:
            return "ok"
        case errors.ConnectionError():
            return "cut"
        case errors.WireError():
            return "refused"
    raise AssertionError(reply.failure)


def read_by_h11(raw: bytes, method: str = "GET") -> Reading:
    """Read the same with the oracle."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
    connection.send(h11.Request(method=method, target="/", headers=[("host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    head, body, ended = None, b"", False
    try:
        while not ended:
            event = connection.next_event()
            match event:
                case h11.Response():
                    head = _decode_h11(event)
                case h11.Data():
                    body += bytes(event.data)
                case h11.EndOfMessage():
                    ended = True
                case h11.NEED_DATA:
                    connection.receive_data(b"")
                case h11.ConnectionClosed():
                    return Reading("cut", head, body)
    except h11.RemoteProtocolError as refusal:
        cut = re.search(r"[cC]losed", str(refusal))
        return Reading("cut" if cut else "refused", head, body)
    return Reading("ok", head, body)


def _decode_h11(event: h11.Response) -> HttpHead:
    headers = tuple((n.decode(), v.decode("latin-1")) for n, v in event.headers.raw_items())
    return HttpHead(status=event.status_code, headers=headers)


def cut(raw: bytes, at: Sequence[int]) -> list[bytes]:
    """Cut `raw`, as a network does."""
    places = [0, *sorted(place % (len(raw) + 1) for place in at), len(raw)]
    return [raw[start:end] for start, end in pairwise(places) if start < end]


names = st.text(TOKEN, min_size=1, max_size=12).filter(
    lambda name: name.lower() not in {"content-length", "transfer-encoding", "connection"}
)
# Field values of RFC 9110, section 5.5: visible characters with blanks between them.
values = st.builds(
    " ".join,
    st.lists(
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"])),
        max_size=3,
    ),
).map(lambda value: value.strip(" \t"))
blanks = st.sampled_from([b"", b" ", b"  ", b"\t", b" \t"])
statuses = st.integers(200, 599)
reasons = st.sampled_from([b" OK", b" ", b" Not quite, \xe9tranger", b""])
cuts = st.lists(st.integers(0, 10**6), max_size=8)


@st.composite
def header_lines(draw: st.DrawFn) -> bytes:
    """Draw lines of a head, with all the freedom in blanks that servers have."""
    lines = b""
    for name, value in draw(st.lists(st.tuples(names, values), max_size=4)):
        lines += name.encode() + b":" + draw(blanks) + value.encode("latin-1") + draw(blanks)
        lines += b"\r\n"
    return lines


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    """Draw a chunked body: sizes in any case, padded, with extensions and trailers."""
    raw = b""
    for data in draw(st.lists(st.binary(min_size=1, max_size=40), max_size=5)):
        size = draw(st.sampled_from([b"%x", b"%X", b"0%x", b"%x ", b"%x;name=value"])) % len(data)
        raw += size + b"\r\n" + data + b"\r\n"
    last = draw(st.sampled_from([b"0", b"000", b"0;last"]))
    return raw + last + b"\r\n" + draw(st.sampled_from([b"", b"x-sum: 1\r\n"])) + b"\r\n"


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw the end of a head and a body that fits it: by length, in chunks, until the end."""
    data = draw(st.binary(max_size=60))
    return draw(
        st.sampled_from(
            [
                b"Content-Length: %d\r\n\r\n%s" % (len(data), data),
                b"transfer-encoding: Chunked\r\n\r\n" + draw(chunked()),
                b"\r\n" + data,
                b"connection: close\r\n\r\n" + data,
            ]
        )
    )


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    """Draw a reply that RFC 9112 lets a server send, interim replies before it included."""
    interim = b"HTTP/1.1 100 Continue\r\n" + draw(header_lines()) + b"\r\n"
    version = draw(st.sampled_from([b"1.1", b"1.0"]))
    start = b"HTTP/%s %d%s\r\n" % (version, draw(statuses), draw(reasons))
    return interim * draw(st.integers(0, 2)) + start + draw(header_lines()) + draw(bodies())


mutations = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(
            [b"\r", b"\n", b"\r\n", b"\0", b"\v", b" ", b"\t", b":", b"0", b"\xff", b""]
        ),
        st.integers(0, 2),
    ),
    min_size=1,
    max_size=3,
)


def mutate(raw: bytes, changes: Sequence[tuple[int, bytes, int]]) -> bytes:
    """Put in and leave out some bytes."""
    for place, inserted, dropped in changes:
        at = place % (len(raw) + 1)
        raw = raw[:at] + inserted + raw[at + dropped :]
    return raw


def forgiven(raw: bytes) -> bool:
    """Return whether blank lines follow an interim reply: llhttp skips them, h11 does not."""
    return bool(re.search(rb"\AHTTP/1.1 100.*\r\n[\r\n]+HTTP", raw, re.DOTALL))


class TestLikeH11:
    """The reference implementation decides what a reply says."""

    @given(replies(), cuts, st.sampled_from(["GET", "POST", "HEAD"]))
    def test_valid(self, raw: bytes, at: list[int], method: str) -> None:
        """Whatever a server may send is read, wherever the network cuts it."""
        ours, theirs = read(cut(raw, at), method), read_by_h11(raw, method)

        assert ours == theirs
        assert ours.end == "ok"

    @given(replies(), st.integers(0, 10**6), cuts)
    def test_ended_early(self, raw: bytes, length: int, at: list[int]) -> None:
        """A reply that breaks off is never taken for a whole one."""
        begun = raw[: length % len(raw)]

        ours, theirs = read(cut(begun, at)), read_by_h11(begun)

        assert ours == theirs

    @given(replies(), mutations, cuts)
    def test_invalid(
        self, raw: bytes, changes: list[tuple[int, bytes, int]], at: list[int]
    ) -> None:
        """What h11 refuses we refuse, and what we read, h11 reads the same."""
        damaged = mutate(raw, changes)

        ours, theirs = read(cut(damaged, at)), read_by_h11(damaged)

        if ours.end == "ok" and not forgiven(damaged):
            assert ours == theirs

    @given(replies(), mutations, cuts)
    def test_cuts_change_nothing(
        self, raw: bytes, changes: list[tuple[int, bytes, int]], at: list[int]
    ) -> None:
        """Not for damaged replies either."""
        damaged = mutate(raw, changes)

        assert read(cut(damaged, at)) == read([damaged] if damaged else [])


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", id="two"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", id="negative-length"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 1x\r\n\r\na", id="length-not-a-number"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="gzip"
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc", id="only-gzip"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n"
            b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            id="chunked-twice",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n",
            id="two-framings",
        ),
        pytest.param(b"HTTP/1.1 200 OK\r\na: b\rcontent-length: 0\r\n\r\n", id="lone-cr"),
        pytest.param(b"HTTP/1.1 200 OK\r\na : b\r\n\r\n", id="blank-after-name"),
        pytest.param(b"HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n", id="folded"),
        pytest.param(
            b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", id="101"
        ),
        pytest.param(b"HTTP/1.1 099 What\r\n\r\n", id="status-099"),
        pytest.param(b"HTTP/1.1 200 O\0K\r\ncontent-length: 0\r\n\r\n", id="nul-in-reason"),
        pytest.param(b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", id="blank-line-first"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="not-http"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n\r\n", id="chunk"
        ),
    ],
)
def test_refused(raw: bytes) -> None:
    """Replies whose end nobody can be sure of are refused, not guessed at."""
    reading = read([raw])

    assert (reading.end, reading.body) == ("refused", b"")


@pytest.mark.parametrize(
    ("raw", "method", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", "GET", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", "GET", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", True),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", "GET", True),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n", "HEAD", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "HEAD", True),
        (b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok", "GET", False),
        (b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\ncontent-length: 2\r\n\r\nok", "GET", False),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", "GET", False),
        (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", "GET", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "GET", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok?", "GET", False),
        (b"HTTP/1.1 204 No Content\r\n\r\nwhat", "GET", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nwhat", "HEAD", False),
    ],
)
def test_reusable(raw: bytes, method: str, *, reusable: bool) -> None:
    """A connection is used again only when nothing of this reply can be taken for the next."""
    reply = Reply(method)

    reply.feed(raw)

    assert (reply.ended, reply.failure, reply.reusable) == (True, None, reusable)


def test_surplus_that_comes_later() -> None:
    """Bytes after the end make a connection unfit, also when they come on their own."""
    reply = Reply("GET")
    reply.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    reply.feed(b"HTTP/1.1 500 Oops\r\n\r\n")

    assert (reply.head and reply.head.status, reply.take(), reply.reusable) == (200, b"ok", False)


def test_failure_comes_after_what_arrived() -> None:
    """A reader gets every byte before it is told that there will be no more."""
    reply = Reply("GET")

    reply.feed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nwhat?\r\n")

    assert reply.take() == b"abc"
    assert isinstance(reply.failure, errors.WireError)


def test_end_after_reset_is_no_end() -> None:
    """A body that only ends with its connection is whole only if that ended in order."""
    reply = Reply("GET")
    reply.feed(b"HTTP/1.1 200 OK\r\n\r\nabc")

    reply.feed_end(clean=False)

    assert reply.ended is False
    assert isinstance(reply.failure, errors.ConnectionError)
    assert reply.failure.sent is True


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"a: " + b"b" * 1000 + b"\r\n", id="headers"),
        pytest.param(b"c" * 1000, id="one-header"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_head_is_limited(endless: bytes, *, together: bool) -> None:
    """A server cannot fill our memory with a head that never ends."""
    reply = Reply("GET")
    pieces = [b"HTTP/1.1 200 OK\r\n", *[endless] * 200, b"\r\n\r\n"]

    for piece in [b"".join(pieces)] if together else pieces:
        reply.feed(piece)

    assert isinstance(reply.failure, errors.WireError)


def test_trailers_are_limited() -> None:
    """Nor with trailers."""
    reply = Reply("GET")
    reply.feed(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")

    for _ in range(200):
        reply.feed(b"a: " + b"b" * 1000 + b"\r\n")

    assert isinstance(reply.failure, errors.WireError)


@pytest.mark.parametrize(
    ("request_", "head"),
    [
        pytest.param(
            HttpRequest(method="GET", origin=ORIGIN, target="/"),
            b"GET / HTTP/1.1\r\nhost: bedrock.example\r\n\r\n",
            id="get",
        ),
        pytest.param(
            HttpRequest(
                method="POST",
                origin=Origin("http", "::1", 8080),
                target="/model/arn%3Aaws%3Abedrock%2Fx:1//converse?a=%3A&b",
                headers=(("X-Name", "one"), ("x-name", "two")),
                body=b"abc",
            ),
            b"POST /model/arn%3Aaws%3Abedrock%2Fx:1//converse?a=%3A&b HTTP/1.1\r\n"
            b"host: [::1]:8080\r\nX-Name: one\r\nx-name: two\r\ncontent-length: 3\r\n\r\n",
            id="post",
        ),
        pytest.param(
            HttpRequest(method="POST", origin=ORIGIN, target="/a", headers=(("n", "caf\xe9"),)),
            b"POST /a HTTP/1.1\r\nhost: bedrock.example\r\nn: caf\xe9\r\ncontent-length: 0\r\n\r\n",
            id="empty-post",
        ),
    ],
)
def test_encode_head(request_: HttpRequest, head: bytes) -> None:
    """What is signed is what goes out, byte for byte; host and length are ours."""
    assert encode_head(request_) == head


@given(
    st.lists(st.tuples(names.filter(lambda name: name.lower() != "host"), values), max_size=5),
    st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=30),
    st.binary(max_size=20),
)
def test_h11_reads_what_we_write(headers: list[tuple[str, str]], path: str, body: bytes) -> None:
    """The reference implementation finds in our request what the caller put there."""
    request = HttpRequest(
        method="POST", origin=ORIGIN, target=f"/{path}", headers=tuple(headers), body=body
    )
    server = h11.Connection(h11.SERVER)
    server.receive_data(encode_head(request) + body)

    event = server.next_event()

    assert isinstance(event, h11.Request)
    assert (event.method, event.target) == (b"POST", f"/{path}".encode())
    written = tuple((n.decode(), v.decode("latin-1")) for n, v in event.headers.raw_items())
    assert written == (
        ("host", "bedrock.example"),
        *headers,
        ("content-length", str(len(body))),
    )


@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        pytest.param({}, (("a", "b\r\nx: y"),), id="line-in-value"),
        pytest.param({}, (("a", "b\ny"),), id="lf-in-value"),
        pytest.param({}, (("a", "b\ry"),), id="cr-in-value"),
        pytest.param({}, (("a", "b\0y"),), id="nul-in-value"),
        pytest.param({}, (("a", "\u20ac"),), id="value-outside-latin-1"),
        pytest.param({}, (("a\r\nx", "b"),), id="line-in-name"),
        pytest.param({}, (("a b", "c"),), id="blank-in-name"),
        pytest.param({}, (("a:", "c"),), id="colon-in-name"),
        pytest.param({}, (("", "c"),), id="no-name"),
        pytest.param({}, (("Host", "evil.example"),), id="host"),
        pytest.param({}, (("Content-Length", "3"),), id="length"),
        pytest.param({}, (("transfer-encoding", "chunked"),), id="coding"),
        pytest.param({"target": "/a b"}, (), id="blank-in-target"),
        pytest.param({"target": "/a\r\nx: y"}, (), id="line-in-target"),
        pytest.param({"target": "/caf\xe9"}, (), id="target-outside-ascii"),
        pytest.param({"target": "a"}, (), id="target-without-slash"),
        pytest.param({"target": ""}, (), id="no-target"),
        pytest.param({"method": "GET /x HTTP/1.1\r\n"}, (), id="line-in-method"),
        pytest.param({"method": ""}, (), id="no-method"),
        pytest.param({"origin": Origin("http", "a\r\nx: y", 80)}, (), id="line-in-host"),
    ],
)
def test_injection_is_refused(changes: dict[str, object], headers: Headers) -> None:
    """Nothing a caller passes on can begin a header or a request of its own."""
    request = HttpRequest(method="GET", origin=ORIGIN, target="/", headers=headers)

    with pytest.raises(errors.BadRequestError):
        encode_head(msgspec.structs.replace(request, **changes))
