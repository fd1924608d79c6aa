import contextlib
import pickle
import socket
import ssl
import threading

import pytest

from outcrop import errors
from outcrop.http import Origin, Timeouts
from outcrop.transport.failures import broken, cannot_connect, left, too_long
from outcrop.transport.interface import AsyncTransport
from outcrop.transport.proxies import Proxy
from tests.transport.drivers import (
    Driver,
    ask,
    exchanging,
    on_each_driver,
    read_all,
    until,
)
from tests.transport.servers import (
    CHUNKED,
    PATIENCE_S,
    Peer,
    Script,
    always,
    closing_after,
    reply,
    resetting_after,
    serving,
)

ORIGIN = Origin("https", "bedrock.example", 443)
PROXY = Proxy(host="proxy.example", port=3128, authorization="Basic c2VjcmV0")
UNKNOWN_NAME = socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("error", "proxy", "said"),
    [
        pytest.param(
            UNKNOWN_NAME,
            None,
            "cannot look up the name (Name or service not known) of bedrock.example:443",
            id="name",
        ),
        pytest.param(
            UNKNOWN_NAME,
            PROXY,
            "cannot look up the name (Name or service not known) of bedrock.example:443 "
            "by way of the proxy proxy.example:3128",
            id="name-of-the-proxy",
        ),
        pytest.param(
            ConnectionRefusedError(111, "Connection refused"),
            None,
            "cannot connect (Connection refused) to bedrock.example:443",
            id="refused",
        ),
        pytest.param(
            TimeoutError(), None, "timed out connecting to bedrock.example:443", id="timeout"
        ),
        pytest.param(
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"),
            None,
            "TLS handshake failed ([SSL: WRONG_VERSION_NUMBER] wrong version number) "
            "with bedrock.example:443",
            id="tls",
        ),
    ],
)
def test_cannot_connect(error: Exception, proxy: Proxy | None, said: str) -> None:
    """ERR-30: what, where, by way of whom, and what to look at; never the proxy's password."""
    failure = cannot_connect(error, ORIGIN, proxy)

    assert failure.message == said
    assert failure.hint == "check region/VPC endpoint (BEDROCK_BASE_URL)"
    assert (failure.sent, failure.retryable, failure.status) == (False, True, 502)


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (broken(None, sent=True), "the connection broke before the answer ended"),
        (
            broken(ConnectionResetError(104, "Connection reset by peer"), sent=True),
            "the connection broke before the answer ended (Connection reset by peer)",
        ),
        (left(), "the stream was closed before its end"),
        (too_long("no answer came", 2.5), "no answer came for 2.5 s"),
    ],
)
def test_words(failure: errors.OutcropError, said: str) -> None:
    """Errors say one sentence, and survive a process pool."""
    assert failure.message == said
    assert str(pickle.loads(pickle.dumps(failure))) == str(failure)  # noqa: S301 - ours


@on_each_driver
class TestBrokenOff:
    @pytest.mark.parametrize(
        "script",
        [
            pytest.param(
                closing_after(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"), id="length"
            ),
            pytest.param(closing_after(CHUNKED + b"9\r\nabc"), id="in-a-chunk"),
            pytest.param(closing_after(CHUNKED + b"3\r\nabc\r\n"), id="between-chunks"),
            pytest.param(closing_after(CHUNKED + b"3\r\nabc\r\n0\r\n"), id="in-the-trailers"),
            pytest.param(resetting_after(CHUNKED + b"3\r\nabc\r\n"), id="reset"),
            pytest.param(resetting_after(b"HTTP/1.1 200 OK\r\n\r\nabc"), id="reset-until-end"),
        ],
    )
    def test_body(self, driver: Driver, script: Script) -> None:
        """Everything that arrived is read first, and then no reader takes it for the end."""

        async def scenario(network: AsyncTransport) -> tuple[bytes, errors.ConnectionError]:
            stream = await network.open(ask(server.origin))
            got = await stream.read()
            with pytest.raises(errors.ConnectionError) as caught:
                await read_all(stream)
            with pytest.raises(errors.ConnectionError):
                await network.exchange(ask(server.origin))
            return got, caught.value

        with serving(script) as server:
            got, error = driver.run(scenario)

        assert (got, error.sent) == (b"abc", True)

    @pytest.mark.parametrize(
        "script",
        [
            pytest.param(closing_after(), id="closed"),
            pytest.param(resetting_after(), id="reset"),
            pytest.param(closing_after(b"HTTP/1.1 200"), id="in-the-head"),
        ],
    )
    def test_no_head(self, driver: Driver, script: Script) -> None:
        """The server had the request: whoever sends it again must know that."""

        async def scenario(network: AsyncTransport) -> None:
            await network.open(ask(server.origin))

        with serving(script) as server, pytest.raises(errors.ConnectionError) as caught:
            driver.run(scenario)

        assert caught.value.sent is True
        assert len(server.requests) == 1

    def test_not_http(self, driver: Driver) -> None:
        """Whatever speaks there is named as what it is not."""
        with serving(always(b"SSH-2.0-OpenSSH\r\n")) as server, pytest.raises(errors.WireError):
            driver.run(exchanging(ask(server.origin)))

    def test_broken_chunks(self, driver: Driver) -> None:
        """A broken framing ends the stream with an error, after what was sound."""

        async def scenario(network: AsyncTransport) -> bytes:
            stream = await network.open(ask(server.origin))
            got = await stream.read()
            with pytest.raises(errors.WireError):
                await stream.read()
            return got

        with serving(always(CHUNKED + b"3\r\nabc\r\nwhat\r\n")) as server:
            assert driver.run(scenario) == b"abc"


@on_each_driver
class TestTimeouts:
    def test_no_answer(self, driver: Driver) -> None:
        """First byte: as long as the caller says, and the socket is closed then."""
        left = threading.Event()

        def script(peer: Peer) -> None:
            peer.wait_for_end()
            left.set()

        async def scenario(network: AsyncTransport) -> None:
            request = ask(server.origin, timeouts=Timeouts(first_byte_s=0.05))
            with pytest.raises(errors.TimeoutError, match=r"no answer came for 0\.05 s"):
                await network.exchange(request)
            await until(left)

        with serving(script) as server:
            driver.run(scenario)

    @pytest.mark.parametrize("begin", [b"HTTP/1.1 200", CHUNKED, CHUNKED + b"3\r\nabc\r\n"])
    def test_answer_that_stops(self, driver: Driver, begin: bytes) -> None:
        """Between two chunks: the idle timeout, not the longer one for the first byte."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(begin)
            peer.wait_for_end()

        with serving(script) as server:
            request = ask(server.origin, timeouts=Timeouts(first_byte_s=20.0, idle_s=0.05))
            with pytest.raises(errors.TimeoutError, match=r"stood still for 0\.05 s"):
                driver.run(exchanging(request))

    def test_stream_that_stops(self, driver: Driver) -> None:
        """What came before the silence is read first."""

        async def scenario(network: AsyncTransport) -> bytes:
            request = ask(server.origin, timeouts=Timeouts(idle_s=0.05))
            stream = await network.open(request)
            got = await stream.read()
            with pytest.raises(errors.TimeoutError):
                await stream.read()
            return got

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED + b"3\r\nabc\r\n")
            peer.wait_for_end()

        with serving(script) as server:
            assert driver.run(scenario) == b"abc"

    def test_each_request_has_its_own(self, driver: Driver) -> None:
        """A patient request before does not make the next one patient."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(reply())
            peer.wait_for_end()

        with serving(script) as server:
            hasty = ask(server.origin, timeouts=Timeouts(first_byte_s=0.05))
            with pytest.raises(errors.TimeoutError):
                driver.run(exchanging(ask(server.origin), hasty))

    def test_slow_answer_is_no_silence(self, driver: Driver) -> None:
        """The clock starts again with every chunk: only silence is too long."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED)
            for _ in range(5):
                peer.socket.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    peer.socket.recv(1)
                peer.send(b"1\r\nx\r\n")
            peer.send(b"0\r\n\r\n")

        with serving(script) as server:
            request = ask(server.origin, timeouts=Timeouts(first_byte_s=0.45, idle_s=0.45))
            assert driver.run(exchanging(request)).body == b"x" * 5

    def test_slow_taking_is_no_silence(self, driver: Driver) -> None:
        """Nor is a server dead that takes a long request bit by bit."""

        def script(peer: Peer) -> None:
            for _ in range(6):
                peer.take(5_000_000)
                done.wait(0.1)
            peer.send(reply())
            peer.wait_for_end()

        done = threading.Event()
        with serving(script) as server:
            request = ask(
                server.origin,
                method="POST",
                body=b"x" * 40_000_000,
                timeouts=Timeouts(idle_s=0.45),
            )
            assert driver.run(exchanging(request)).status == 200

    def test_server_that_does_not_read(self, driver: Driver) -> None:
        """A request that nobody takes does not wait for ever."""
        done = threading.Event()

        def script(_: Peer) -> None:
            assert done.wait(PATIENCE_S)

        with serving(script) as server:
            request = ask(
                server.origin,
                method="POST",
                body=b"x" * 30_000_000,
                timeouts=Timeouts(idle_s=0.1),
            )
            with pytest.raises(errors.TimeoutError, match="took nothing of the request"):
                driver.run(exchanging(request))
            done.set()
