import contextlib
import ssl
import threading
from pathlib import Path

import pytest

from outcrop import errors
from outcrop.http import Origin, Timeouts
from outcrop.transport.interface import AsyncTransport
from outcrop.transport.options import TransportOptions
from outcrop.transport.tls import Trust
from tests.transport.drivers import (
    TRUSTING,
    Driver,
    ask,
    exchanging,
    on_each_driver,
    read_all,
    until,
)
from tests.transport.servers import (
    CHUNKED,
    DATA,
    PATIENCE_S,
    Peer,
    always,
    reply,
    serving,
    silent,
)

PUBLIC = "outcrop tests, public CA"
PRIVATE = "outcrop tests, private CA"


@pytest.fixture
def system_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system trust one authority, so that the test sees what is added to what."""
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "public-ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(DATA / "none"))


def trusted(context: ssl.SSLContext) -> set[str]:
    """Return the names of the authorities in `context`."""
    names = [dict(field[0] for field in ca["subject"]) for ca in context.get_ca_certs()]  # type: ignore[misc]
    return {name.get("commonName", "") for name in names}


@pytest.mark.usefixtures("system_pool")
@pytest.mark.parametrize(
    ("bundles", "names"),
    [
        pytest.param((), {PUBLIC}, id="system"),
        pytest.param(("private-ca.pem",), {PUBLIC, PRIVATE}, id="added"),
        pytest.param(("private-ca.pem", "public-ca.pem"), {PUBLIC, PRIVATE}, id="two-files"),
    ],
)
def test_ca_file_adds_to_the_system_pool(bundles: tuple[str, ...], names: set[str]) -> None:
    """A company's CA must not cost the trust in everybody else's."""
    options = TransportOptions(ca_bundles=tuple(str(DATA / name) for name in bundles))

    assert trusted(Trust(options).context()) == names


def test_bundle_of_several(tmp_path: Path) -> None:
    """Files of companies hold many certificates, and notes between them in any encoding."""
    bundle = tmp_path / "ca.pem"
    parts = [b"# Soci\xe9t\xe9", *(path.read_bytes() for path in sorted(DATA.glob("*-ca.pem")))]
    bundle.write_bytes(b"\n".join(parts))

    context = Trust(TransportOptions(ca_bundles=(str(bundle),))).context()

    assert {PUBLIC, PRIVATE} <= trusted(context)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(None, "cannot be read: No such file", id="missing"),
        pytest.param("", "holds no certificate", id="empty"),
        pytest.param("not PEM at all", "holds no certificate", id="not-pem"),
        pytest.param(
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "holds no usable certificate",
            id="garbage",
        ),
        pytest.param(
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "holds no usable certificate",
            id="a-key",
        ),
    ],
)
def test_unusable_ca_file(tmp_path: Path, content: str | None, message: str) -> None:
    """It fails at start and names the file, not in the middle of the first call."""
    bundle = tmp_path / "ca.pem"
    if content is not None:
        bundle.write_text(content)

    with pytest.raises(errors.ConfigError, match=message) as caught:
        Trust(TransportOptions(ca_bundles=(str(bundle),)))

    assert str(bundle) in caught.value.message
    assert "OUTCROP_CA_BUNDLE" in caught.value.hint


def test_directory_as_ca_file(tmp_path: Path) -> None:
    """A directory is the mistake that is made most often."""
    with pytest.raises(errors.ConfigError, match="cannot be read: Is a directory"):
        Trust(TransportOptions(ca_bundles=(str(tmp_path),)))


@pytest.mark.parametrize(
    ("verify", "mode"), [(True, ssl.CERT_REQUIRED), (False, ssl.CERT_NONE)], ids=["on", "off"]
)
def test_context(mode: ssl.VerifyMode, *, verify: bool) -> None:
    """TLS 1.2 at least, and everybody is verified unless somebody switched it off."""
    context = Trust(TransportOptions(verify=verify)).context()

    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (context.verify_mode, context.check_hostname) == (mode, verify)


def test_one_context_for_all_threads() -> None:
    """A context a connection has eaten other people's memory."""
    trust = Trust(TransportOptions())
    made: list[ssl.SSLContext] = []
    threads = [threading.Thread(target=lambda: made.append(trust.context())) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [context is made[0] for context in made] == [True] * 4


@on_each_driver
class TestConnections:
    def test_trusted(self, driver: Driver) -> None:
        """A CA file opens the way, for names and for addresses, and the connection is kept."""
        with serving(always(reply(b"safe")), tls="private-server.pem") as server:
            named = Origin("https", "localhost", server.port)
            response = driver.run(exchanging(*[ask(server.origin)] * 2, ask(named)), TRUSTING)

        assert response.body == b"safe"
        assert [len(peer.requests) for peer in server.peers] == [2, 1]

    def test_system_pool_is_still_trusted(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A company's CA beside the world's: both kinds of server are reached by one client."""
        monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "public-ca.pem"))
        answer = always(reply())

        with (
            serving(answer, tls="public-server.pem") as public,
            serving(answer, tls="private-server.pem") as private,
        ):
            requests = ask(public.origin), ask(private.origin)
            assert driver.run(exchanging(*requests), TRUSTING).status == 200

    def test_not_trusted(self, driver: Driver) -> None:
        """The words of ERR-26: what it is, and which variable mends it."""
        with (
            serving(always(reply()), tls="private-server.pem") as server,
            pytest.raises(errors.ConnectionError) as caught,
        ):
            driver.run(exchanging(ask(server.origin)))

        message = "TLS certificate not trusted (proxy with a private CA?)"
        assert caught.value.message.startswith(message)
        assert caught.value.hint == "set OUTCROP_CA_BUNDLE=/path/ca.pem"
        assert (caught.value.sent, caught.value.retryable) == (False, False)

    def test_wrong_name(self, driver: Driver) -> None:
        """A certificate for somebody else is none."""
        with (
            serving(always(reply()), tls="private-server.pem", host="127.0.0.2") as server,
            pytest.raises(errors.ConnectionError, match=r"not trusted.*127\.0\.0\.2"),
        ):
            driver.run(exchanging(ask(server.origin)), TRUSTING)

    def test_verification_switched_off(self, driver: Driver) -> None:
        """Then anybody is let in, as asked."""
        with serving(always(reply()), tls="private-server.pem") as server:
            options = TransportOptions(verify=False)
            assert driver.run(exchanging(ask(server.origin)), options).status == 200

    def test_no_tls_there(self, driver: Driver) -> None:
        """A server that speaks something else is a failed handshake."""

        def script(peer: Peer) -> None:
            peer.socket.recv(1)
            peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.wait_for_end()

        with serving(script) as server:
            secure = Origin("https", "127.0.0.1", server.port)
            with pytest.raises(errors.ConnectionError, match="TLS handshake failed") as caught:
                driver.run(exchanging(ask(secure)))

        assert caught.value.sent is False

    def test_handshake_that_stops(self, driver: Driver) -> None:
        """The handshake is part of the connect timeout."""
        with serving(silent) as server:
            secure = Origin("https", "127.0.0.1", server.port)
            request = ask(secure, timeouts=Timeouts(connect_s=0.2))
            with pytest.raises(errors.ConnectionError, match="timed out connecting"):
                driver.run(exchanging(request))

    def test_stream(self, driver: Driver) -> None:
        """In TLS too, a chunk is there when it arrives, and leaving closes the socket."""
        go_on, left = threading.Event(), threading.Event()

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(CHUNKED + b"3\r\none\r\n")
            assert go_on.wait(PATIENCE_S)
            peer.send(b"3\r\ntwo\r\n")
            # Closed at once, so without TLS's farewell.
            with contextlib.suppress(ssl.SSLEOFError):
                peer.wait_for_end()
            left.set()

        async def scenario(network: AsyncTransport) -> list[bytes]:
            stream = await network.open(ask(server.origin))
            got = [await stream.read()]
            go_on.set()
            got.append(await stream.read())
            stream.close()
            await until(left)
            return got

        with serving(script, tls="private-server.pem") as server:
            assert driver.run(scenario, TRUSTING) == [b"one", b"two"]

    def test_large_bodies(self, driver: Driver) -> None:
        """In TLS too, everything arrives."""
        up, down = b"u" * 3_000_000, b"d" * 3_000_000

        with serving(always(reply(down)), tls="private-server.pem") as server:
            request = ask(server.origin, method="POST", body=up)
            assert driver.run(exchanging(request), TRUSTING).body == down

        assert server.requests[0].endswith(b"\r\n\r\n" + up)

    @pytest.mark.parametrize("farewell", [True, False])
    def test_body_until_the_end(self, driver: Driver, *, farewell: bool) -> None:
        """Without TLS's own farewell anybody could have cut it: RFC 9112, section 9.8."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
            if farewell and isinstance(peer.socket, ssl.SSLSocket):
                peer.socket.unwrap()

        async def scenario(network: AsyncTransport) -> bytes:
            return await read_all(await network.open(ask(server.origin)))

        with serving(script, tls="private-server.pem") as server:
            if farewell:
                assert driver.run(scenario, TRUSTING) == b"abc"
            else:
                with pytest.raises(errors.ConnectionError):
                    driver.run(scenario, TRUSTING)
