"""One side of HTTP/1.1, the client's, without I/O: a head as bytes out, bytes in as a reply.

Place in the house: transport floor. Knows bytes and `http` values; knows nothing of sockets, pools
or clocks. Whoever has a socket writes and feeds:

    socket.sendall(encode_head(request) + request.body)
    reply = Reply(request.method)
    while not reply.done:
        reply.feed(socket.recv(65536))          # or reply.feed_end() when that is empty
        print(reply.head, reply.take())
    if reply.failure is not None:
        raise reply.failure

Targets go out byte for byte: AWS signs them as they stand, so ``%3A``, ``%2F`` and ``//`` are not
ours to tidy. No redirects, no cookies, no decompression.

Source: RFC 9110, RFC 9112. Parsing is llhttp's (httptools), strict: whatever it reads, h11 reads
the same. Refused here and read by h11 are only replies that RFC 9112 forbids servers to send: a
repeated ``content-length``, one beside ``transfer-encoding``, folded headers, a bare LF, control
characters, versions that do not exist.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from outcrop import errors
from outcrop.http import Headers, HttpHead, HttpRequest, header

MAX_HEAD: Final = 65536
"""Longest head of a reply, bytes; AWS's stay below 8 KB."""

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TARGET: Final = re.compile(r"/[\x21-\x7e]*")
# Framing is this module's business alone: a second opinion in the same head is request smuggling.
_OURS: Final = frozenset({"host", "content-length", "transfer-encoding"})
_METHODS_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})

# Sent by some old servers and read by h11, without harm. llhttp's other leniencies take a lone CR
# for the end of a line: so a header could be read that nobody else sees.
_LENIENCIES: Final = {"lenient_spaces_after_chunk_size": True}
_CONTROL: Final = b"\0\v\f"
_BLANK: Final = " \t"
_CODING: Final = "transfer-encoding"
_LENGTH: Final = "content-length"
_FIRST_FINAL_STATUS: Final = 200
_SWITCHING_PROTOCOLS: Final = 101


def encode_head(request: HttpRequest, *, prefix: str = "", extra: Headers = ()) -> bytes:
    """Return request line and headers as they go on the wire, the empty line included.

    Args:
        request: ``host`` and ``content-length`` are written here and must not be among its headers.
        prefix: Stands before the target: scheme and authority where a proxy is asked to forward.
        extra: Headers for a proxy, after the request's own.

    Raises:
        BadRequestError: Method, target or a header holds what would change the meaning of the
            bytes after it: a line break, NUL, a blank where none belongs, a second length.
    """
    if not _is_token(request.method) or not _TARGET.fullmatch(request.target):
        raise errors.BadRequestError(
            "the request line holds a character that HTTP does not allow there",
            hint="percent-encode blanks and everything outside ASCII in path and query",
        )
    lines = [f"{request.method} {prefix}{request.target} HTTP/1.1"]
    lines.append(f"host: {request.origin.authority}")
    lines += [f"{_checked(name)}: {value}" for name, value in request.headers]
    lines += [f"{_checked(name)}: {value}" for name, value in extra]
    if request.body or request.method in _METHODS_WITH_BODY:
        lines.append(f"content-length: {len(request.body)}")
    return encode_lines(lines)


def encode_lines(lines: Sequence[str]) -> bytes:
    """Return a head made of `lines`, each without its line break.

    Raises:
        BadRequestError: A line holds a line break, NUL, or what Latin-1 has no byte for.
    """
    text = "\r\n".join(lines) + "\r\n\r\n"
    # One pass over the whole is cheaper than a look at each value.
    breaks = len(lines) + 1
    if text.count("\r") != breaks or text.count("\n") != breaks or "\0" in text:
        raise errors.BadRequestError("a header value holds a line break or NUL")
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise errors.BadRequestError("a header value holds a character outside Latin-1") from None


@lru_cache(maxsize=64)
def _is_token(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None


@lru_cache(maxsize=512)
def _checked(name: str) -> str:
    if not _is_token(name):
        raise errors.BadRequestError("a header name is not an HTTP token")
    if name.lower() in _OURS:
        raise errors.BadRequestError(f"{name} is written by the transport, leave it out")
    return name


class Reply:
    """Reads one reply out of bytes cut anywhere. Not thread-safe; one per exchange.

    Attributes:
        head: Status and headers, once they are complete; interim replies (1xx) are skipped.
        ended: The body is complete. What `take` has not returned yet is still there.
        failure: Why the reply cannot be completed; to be raised after the last of `take`.
        reusable: The connection may carry another request, as far as this reply tells.
        buffered: Bytes of body that `take` would return now.
        started: At least one byte of a reply arrived.
    """

    head: HttpHead | None = None
    ended = False
    failure: errors.OutcropError | None = None
    reusable = False
    buffered = 0
    started = False
    _silent = 0
    _until_end = False

    def __init__(self, method: str) -> None:
        """Expect the reply to a request with `method`: HEAD and CONNECT change where it ends."""
        self._method = method
        self._headers: list[bytes] = []
        self._parts: list[bytes] = []
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**_LENIENCIES)

    @property
    def done(self) -> bool:
        """Nothing more will come: the reply has ended or failed."""
        return self.ended or self.failure is not None

    def feed(self, data: bytes) -> None:
        """Take bytes as they came. Never raises; what is wrong with them stands in `failure`."""
        parser = self._parser
        if parser is None:
            self.reusable = False
            return
        if not self.started and not self._start(data):
            return
        before = self.buffered
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self._refuse(error)
        if self.ended or self.failure is not None:
            self._parser = None
        elif self.buffered == before:
            self._limit(len(data))
        else:
            self._silent = 0

    def feed_end(self, *, clean: bool = True) -> None:
        """Say that the server has closed the connection.

        Args:
            clean: False after a reset, or TLS cut off without its farewell: then a body that ends
                with the connection did not end.
        """
        if self.ended or self.failure is not None:
            self.reusable = False
        elif clean and self._until_end:
            self.ended = True
        elif not self.started:
            self.fail(errors.ConnectionError("the server closed without an answer", sent=True))
        else:
            self.fail(errors.ConnectionError("the answer broke off before its end", sent=True))
        self._parser = None

    def fail(self, failure: errors.OutcropError) -> None:
        """Give up: nothing more is read, and `failure` is what the reader shall see."""
        if not self.done:
            self.failure = failure
        self.reusable = False
        self._parser = None

    def take(self) -> bytes:
        """Return the bytes of the body that arrived since the last call; may be empty."""
        data = b"".join(self._parts)
        self._parts.clear()
        self.buffered = 0
        return data

    def on_message_begin(self) -> None:
        """Refuse a second reply: nobody asked for it. Called by the parser.

        Raises:
            WireError: There was a first one. `feed` catches it.
        """
        if self.ended:
            self.reusable = False
            raise errors.WireError("more than one reply")

    def on_status(self, reason: bytes) -> None:
        """Refuse control characters; the words mean nothing. Called by the parser.

        Raises:
            WireError: There are some. `feed` catches it.
        """
        if len(reason.translate(None, _CONTROL)) != len(reason):
            raise errors.WireError("the status line of the reply holds a control character")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header of the head; trailers are dropped. Called by the parser."""
        if self.head is None:
            self._headers += (name, value)

    def on_headers_complete(self) -> None:
        """Decide how the body ends. Called by the parser."""
        parser = self._parser
        if self.head is not None or parser is None:
            return
        headers = _decode_headers(self._headers)
        status = parser.get_status_code()
        if status < _FIRST_FINAL_STATUS:
            self._skip_interim(status)
            return
        self._frame(headers)
        self.head = HttpHead(status=status, headers=headers)
        if self._method == "HEAD" or (self._method == "CONNECT" and is_success(status)):
            self._end(parser)

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body. Called by the parser."""
        if self.ended:
            self.reusable = False
            return
        self._parts.append(data)
        self.buffered += len(data)

    def on_message_complete(self) -> None:
        """Note the end of the body; an interim reply's is none. Called by the parser."""
        if self.head is not None and self._parser is not None and not self.ended:
            self._end(self._parser)

    def _start(self, data: bytes) -> bool:
        # llhttp skips blank lines before a reply; a server that sends one has lost count.
        if data[:1] != b"H":
            self.fail(errors.WireError("the reply does not begin as HTTP does"))
        self.started = True
        return self.failure is None

    def _skip_interim(self, status: int) -> None:
        if status < 100 or status == _SWITCHING_PROTOCOLS:  # noqa: PLR2004 - RFC 9110, section 15
            raise errors.WireError(f"the reply has the impossible status {status}")
        self._headers.clear()

    def _frame(self, headers: Headers) -> None:
        names = [name.lower() for name, _ in headers]
        chunked = _CODING in names
        if chunked and (names.count(_CODING) > 1 or header(headers, _CODING).lower() != "chunked"):
            raise errors.WireError("the reply has a transfer coding other than chunked")
        self._until_end = not chunked and _LENGTH not in names

    def _end(self, parser: HttpResponseParser) -> None:
        self.ended = True
        # RFC 9112, section 9.3; HTTP/1.0 and anything unknown is not kept, whatever it says.
        self.reusable = parser.should_keep_alive() and parser.get_http_version() == "1.1"

    def _refuse(self, error: HttpParserError | HttpParserUpgrade) -> None:
        cause = error.__context__
        if self.ended:
            self.reusable = False
        elif isinstance(cause, errors.WireError):
            self.fail(cause)
        else:
            self.fail(errors.WireError(f"the reply is not HTTP: {error}"))

    def _limit(self, silent: int) -> None:
        # Bytes without any body: a head, trailers or chunk extensions that never end.
        self._silent += silent
        if self._silent > 2 * MAX_HEAD:
            self.fail(errors.WireError("the reply does not get to the point"))


def is_success(status: int) -> bool:
    """Return whether `status` is one of the 2xx."""
    return status // 100 == 2  # noqa: PLR2004 - RFC 9110, section 15.3


def _decode_headers(flat: list[bytes]) -> Headers:
    # All at once: a look at each of the twenty strings costs more than the parsing.
    text = b"\0".join(flat).decode("latin-1")
    if len(text) > MAX_HEAD:
        raise errors.WireError(f"the head of the reply is longer than {MAX_HEAD} bytes")
    parts = iter(text.split("\0") if flat else ())
    return tuple([(name, value.strip(_BLANK)) for name, value in zip(parts, parts, strict=True)])
