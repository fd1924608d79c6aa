import socket

import pytest

from outcrop import errors
from outcrop.http import HttpRequest, Origin
from outcrop.transport.options import TransportOptions
from outcrop.transport.proxies import Proxies, Proxy, Tunnel, encode_through, resolve_proxies
from tests.transport.drivers import (
    TRUSTING,
    Driver,
    ask,
    exchanging,
    on_each_driver,
)
from tests.transport.servers import (
    Peer,
    always,
    reply,
    serving,
)

SECURE = Origin("https", "bedrock.example", 443)
PLAIN = Origin("http", "bedrock.example", 80)
PROXY = Proxy(host="proxy.example", port=3128)


@pytest.mark.parametrize(
    ("environ", "https", "http"),
    [
        pytest.param({}, None, None, id="none"),
        pytest.param({"HTTPS_PROXY": "http://proxy.example:3128"}, PROXY, None, id="https"),
        pytest.param({"HTTP_PROXY": "http://proxy.example:3128"}, None, PROXY, id="http"),
        pytest.param({"https_proxy": "http://proxy.example:3128"}, PROXY, None, id="lower-case"),
        pytest.param(
            {"https_proxy": "http://proxy.example:3128", "HTTPS_PROXY": "http://other.example"},
            PROXY,
            None,
            id="lower-case-wins",
        ),
        pytest.param({"HTTPS_PROXY": "proxy.example:3128"}, PROXY, None, id="without-scheme"),
        pytest.param({"HTTPS_PROXY": "  "}, None, None, id="blank"),
        pytest.param({"ALL_PROXY": "http://proxy.example:3128"}, None, None, id="all-is-not-ours"),
        pytest.param(
            {"HTTPS_PROXY": "http://proxy.example"},
            Proxy(host="proxy.example", port=80),
            None,
            id="default-port",
        ),
        pytest.param(
            {"HTTPS_PROXY": "http://[2001:db8::1]:8080/"},
            Proxy(host="2001:db8::1", port=8080),
            None,
            id="address",
        ),
        pytest.param(
            {"HTTPS_PROXY": "http://us%40er:p%3Aw@proxy.example:3128"},
            Proxy(host="proxy.example", port=3128, authorization="Basic dXNAZXI6cDp3"),
            None,
            id="credentials",
        ),
    ],
)
def test_resolve(environ: dict[str, str], https: Proxy | None, http: Proxy | None) -> None:
    """Exactly the variables of EP-05 count, as curl reads them."""
    assert resolve_proxies(environ) == Proxies(https=https, http=http)


@pytest.mark.parametrize(
    "value",
    [
        "https://user:secret@proxy.example",
        "socks5://user:secret@proxy.example",
        "http://user:secret@",
        "http://user:secret@proxy.example:port",
        "http://user:secret@[proxy.example",
    ],
)
def test_unusable_proxy(value: str) -> None:
    """A wrong value fails at start, named by its variable; the password stays out of the log."""
    with pytest.raises(errors.ConfigError, match="HTTPS_PROXY") as caught:
        resolve_proxies({"HTTPS_PROXY": value})

    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__ is True


def test_password_is_not_shown() -> None:
    """Options end up in logs."""
    proxies = resolve_proxies({"HTTPS_PROXY": "http://user:secret@proxy.example:3128"})

    assert repr(proxies.https) == "Proxy(proxy.example:3128)"
    assert "dXNlcjpzZWNyZXQ=" not in repr(proxies)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "169.254.169.254",
        "169.254.170.2",
    ],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_never_proxied(host: str, scheme: str) -> None:
    """A proxy before the credential endpoints would see the keys."""
    proxies = Proxies(https=PROXY, http=PROXY)

    assert proxies.before(Origin(scheme, host, 443)) is None


@pytest.mark.parametrize("host", ["128.0.0.1", "169.254.169.253", "localhost.example", "::2"])
def test_neighbours_are_proxied(host: str) -> None:
    """No more than EP-05 names."""
    assert Proxies(https=PROXY).before(Origin("https", host, 443)) == PROXY


@pytest.mark.parametrize(
    ("no_proxy", "host", "direct"),
    [
        ("bedrock.example", "bedrock.example", True),
        ("bedrock.example", "runtime.bedrock.example", True),
        (".bedrock.example", "bedrock.example", True),
        (".bedrock.example", "runtime.bedrock.example", True),
        ("*.bedrock.example", "runtime.bedrock.example", True),
        ("BEDROCK.example", "bedrock.example", True),
        ("bedrock.example", "bedrock.example.", True),
        ("bedrock.example", "notbedrock.example", False),
        ("bedrock.example", "bedrock.example.com", False),
        ("a.example, bedrock.example", "bedrock.example", True),
        ("a.example bedrock.example", "bedrock.example", True),
        ("*", "anything.example", True),
        ("bedrock.example:443", "bedrock.example", True),
        ("bedrock.example:8443", "bedrock.example", False),
        ("*:443", "bedrock.example", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3:443", "10.1.2.3", True),
        ("10.1.2.3:8443", "10.1.2.3", False),
        ("2001:db8::/32", "2001:db8::5", True),
        ("[2001:db8::5]", "2001:db8::5", True),
        ("[2001:db8::5]:443", "2001:db8::5", True),
        ("10.0.0.0/8", "ten.example", False),
        ("", "bedrock.example", False),
        (",, ,", "bedrock.example", False),
    ],
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
def test_no_proxy(variable: str, no_proxy: str, host: str, *, direct: bool) -> None:
    """The forms that are in use: suffixes, everything, ports, addresses and their ranges."""
    proxies = resolve_proxies({"HTTPS_PROXY": "http://proxy.example:3128", variable: no_proxy})

    assert proxies.before(Origin("https", host, 443)) == (None if direct else PROXY)


def test_each_scheme_has_its_proxy() -> None:
    """One proxy is not asked for what the other is there for."""
    proxies = Proxies(https=PROXY)

    assert (proxies.before(SECURE), proxies.before(PLAIN)) == (PROXY, None)


@pytest.mark.parametrize(
    ("origin", "proxy", "head"),
    [
        pytest.param(
            PLAIN,
            Proxy(host="p", port=1, authorization="Basic eA=="),
            b"GET http://bedrock.example/a%3Ab//c HTTP/1.1\r\nhost: bedrock.example\r\n"
            b"proxy-authorization: Basic eA==\r\n\r\n",
            id="forwarded",
        ),
        pytest.param(
            SECURE,
            Proxy(host="p", port=1, authorization="Basic eA=="),
            b"GET /a%3Ab//c HTTP/1.1\r\nhost: bedrock.example\r\n\r\n",
            id="tunnelled",
        ),
        pytest.param(
            PLAIN,
            None,
            b"GET /a%3Ab//c HTTP/1.1\r\nhost: bedrock.example\r\n\r\n",
            id="direct",
        ),
    ],
)
def test_encode_through(origin: Origin, proxy: Proxy | None, head: bytes) -> None:
    """The proxy's password goes to the proxy, and never on to the server."""
    request = HttpRequest(method="GET", origin=origin, target="/a%3Ab//c")

    assert encode_through(request, proxy) == head


@pytest.mark.parametrize(
    ("proxy", "origin", "request_"),
    [
        (
            PROXY,
            SECURE,
            b"CONNECT bedrock.example:443 HTTP/1.1\r\nhost: bedrock.example:443\r\n\r\n",
        ),
        (
            Proxy(host="p", port=1, authorization="Basic eA=="),
            Origin("https", "::1", 8443),
            (
                b"CONNECT [::1]:8443 HTTP/1.1\r\nhost: [::1]:8443\r\n"
                b"proxy-authorization: Basic eA==\r\n\r\n"
            ),
        ),
    ],
)
def test_tunnel_request(proxy: Proxy, origin: Origin, request_: bytes) -> None:
    """The port always stands in it."""
    assert Tunnel(proxy, origin).request == request_


def test_tunnel_opens() -> None:
    """A reply to CONNECT has no body, whatever its headers say."""
    tunnel = Tunnel(PROXY, SECURE)

    fed = [tunnel.feed(b"HTTP/1.1 200 Connection "), tunnel.feed(b"established\r\nvia: x\r\n\r\n")]

    assert fed == [False, True]


@pytest.mark.parametrize(
    ("said", "message", "retryable"),
    [
        (b"HTTP/1.1 407 Who are you\r\ncontent-length: 0\r\n\r\n", "status 407", False),
        (b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n", "status 403", False),
        (b"HTTP/1.1 502 Later\r\ncontent-length: 0\r\n\r\n", "status 502", True),
        (b"SSH-2.0\r\n", "does not begin as HTTP", True),
        (b"", "closed without an answer", True),
    ],
)
def test_tunnel_refused(said: bytes, message: str, *, retryable: bool) -> None:
    """Which proxy, for which host, and why; certainly nothing was sent."""
    tunnel = Tunnel(PROXY, SECURE)

    with pytest.raises(errors.ConnectionError, match=message) as caught:
        tunnel.feed(said)

    assert "proxy.example:3128" in str(caught.value)
    assert "bedrock.example" in str(caught.value)
    assert (caught.value.sent, caught.value.retryable) == (False, retryable)


def proxy_at(port: int) -> Proxy:
    """Return a proxy on loopback that asks for a password."""
    return Proxy(host="127.0.0.1", port=port, authorization="Basic eDp5")


@on_each_driver
class TestConnections:
    """`bedrock.example` exists nowhere: whoever reaches it went by way of the proxy."""

    def test_tunnel(self, driver: Driver) -> None:
        """HTTPS goes through CONNECT, verified end to end; the proxy sees no request."""

        def script(peer: Peer) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            peer.start_tls("private-server.pem")
            for _ in range(2):
                peer.read_request()
                peer.send(reply(b"through"))

        with serving(script) as server:
            options = TransportOptions(
                ca_bundles=TRUSTING.ca_bundles, proxies=Proxies(https=proxy_at(server.port))
            )
            request = ask(Origin("https", "bedrock.example", 443), "/a%3Ab")
            response = driver.run(exchanging(request, request), options)

        assert response.body == b"through"
        assert server.requests == [
            (
                b"CONNECT bedrock.example:443 HTTP/1.1\r\nhost: bedrock.example:443\r\n"
                b"proxy-authorization: Basic eDp5\r\n\r\n"
            ),
            *[b"GET /a%3Ab HTTP/1.1\r\nhost: bedrock.example\r\n\r\n"] * 2,
        ]

    def test_forwarded(self, driver: Driver) -> None:
        """HTTP is forwarded: the whole URL, unchanged."""
        with serving(always(reply(b"through"))) as server:
            options = TransportOptions(proxies=Proxies(http=proxy_at(server.port)))
            request = ask(Origin("http", "bedrock.example", 80), "/a%3Ab")
            response = driver.run(exchanging(request), options)

        assert response.body == b"through"
        assert server.requests == [
            (
                b"GET http://bedrock.example/a%3Ab HTTP/1.1\r\nhost: bedrock.example\r\n"
                b"proxy-authorization: Basic eDp5\r\n\r\n"
            )
        ]

    def test_refused(self, driver: Driver) -> None:
        """What the proxy said, and which variable holds the password."""
        refusal = reply(b"who are you", status="407 Proxy Authentication Required")

        with serving(always(refusal)) as server:
            options = TransportOptions(proxies=Proxies(https=proxy_at(server.port)))
            request = ask(Origin("https", "bedrock.example", 443))
            with pytest.raises(errors.ConnectionError, match="status 407") as caught:
                driver.run(exchanging(request), options)

        assert "HTTPS_PROXY" in caught.value.hint
        assert (caught.value.sent, caught.value.retryable) == (False, False)

    def test_unreachable(self, driver: Driver) -> None:
        """The message names the proxy, or the user looks in the wrong place."""
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]

        with pytest.raises(errors.ConnectionError, match=f"proxy 127.0.0.1:{port}"):
            driver.run(
                exchanging(ask(Origin("https", "bedrock.example", 443))),
                TransportOptions(proxies=Proxies(https=proxy_at(port))),
            )

    def test_loopback_goes_past_it(self, driver: Driver) -> None:
        """The emulator and the credential endpoints are never proxied."""
        with serving(always(reply(b"direct"))) as server, serving(Peer.close) as trap:
            options = TransportOptions(proxies=Proxies(http=proxy_at(trap.port)))
            response = driver.run(exchanging(ask(server.origin)), options)

        assert (response.body, trap.peers) == (b"direct", [])

    def test_environment_is_not_looked_at(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever composes the client reads the environment; the transport does not."""
        with serving(always(reply(b"direct"))) as server, serving(Peer.close) as trap:
            for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
            origin = Origin("http", "localhost", server.port)
            driver.run(exchanging(ask(origin)))

        assert trap.peers == []
