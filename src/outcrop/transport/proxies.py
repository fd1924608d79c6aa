"""Which proxy stands between us and a host, and how it is asked for a tunnel.

Place in the house: transport floor, without I/O. `resolve_proxies` is a pure function of the
environment it is given; a transport whose options name no proxies uses none.

Loopback and the addresses from which AWS hands out credentials are never proxied: a proxy that saw
them would see the keys.

Source: behaviour specification, EP-05; curl's rules for ``NO_PROXY``.
"""

import base64
import ipaddress
import re
from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from outcrop import errors
from outcrop.http import Headers, HttpRequest, Origin
from outcrop.transport.http1 import Reply, encode_head, encode_lines

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_NEVER_PROXIED: Final[tuple[Network, ...]] = (
    ipaddress.IPv4Network("127.0.0.0/8"),
    ipaddress.IPv6Network("::1/128"),
    ipaddress.IPv4Network("169.254.169.254/32"),
    ipaddress.IPv4Network("169.254.170.2/32"),
)
_DEFAULT_PROXY_PORT: Final = 80
_WITH_PORT: Final = re.compile(r"(?P<host>\[[^]]+\]|[^:]+):(?P<port>\d+)")


class Proxy(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP proxy."""

    host: str
    port: int
    authorization: str = ""
    """Value of ``proxy-authorization``; empty when the proxy asks for none."""

    def __str__(self) -> str:
        """Return host and port, never the password."""
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        """Return host and port, never the password."""
        return f"Proxy({self})"

    @property
    def headers(self) -> Headers:
        """Headers for the proxy itself."""
        return (("proxy-authorization", self.authorization),) if self.authorization else ()


class Bypass(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of ``NO_PROXY``: hosts that are reached directly."""

    suffix: str = ""
    """This host and all below it, without leading dot; ``"*"`` is every host."""
    network: Network | None = None
    """Addresses, instead of a suffix. Names are not looked up for it."""
    port: int = 0
    """Only this port; 0 for all."""

    def covers(self, origin: Origin, address: Address | None) -> bool:
        """Return whether `origin` is reached directly; `address` is its host, where it is one."""
        if self.port not in {0, origin.port}:
            return False
        if self.network is not None:
            return address is not None and address in self.network
        host = origin.host.rstrip(".")
        return self.suffix in {"*", host} or host.endswith(f".{self.suffix}")


class Proxies(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy before each scheme, and the hosts without one. Empty: no proxy at all."""

    https: Proxy | None = None
    """Asked for a tunnel (CONNECT)."""
    http: Proxy | None = None
    """Asked to forward, with the whole URL in the request line."""
    bypasses: tuple[Bypass, ...] = ()

    def before(self, origin: Origin) -> Proxy | None:
        """Return the proxy that stands before `origin`."""
        proxy = self.https if origin.scheme == "https" else self.http
        if proxy is None or _never_proxied(origin.host):
            return None
        address = _address(origin.host)
        return None if any(rule.covers(origin, address) for rule in self.bypasses) else proxy


def resolve_proxies(environ: Mapping[str, str]) -> Proxies:
    """Read ``HTTPS_PROXY``, ``HTTP_PROXY`` and ``NO_PROXY``; lower case wins, as with curl.

    Raises:
        ConfigError: A proxy's URL cannot be used. The message names the variable, and never
            repeats its value, which may hold a password.
    """
    return Proxies(
        https=_resolve_proxy(environ, "https_proxy"),
        http=_resolve_proxy(environ, "http_proxy"),
        bypasses=_resolve_bypasses(environ),
    )


def _lookup(environ: Mapping[str, str], name: str) -> tuple[str, str]:
    for variable in (name, name.upper()):
        if value := environ.get(variable, "").strip():
            return variable, value
    return name, ""


def _resolve_proxy(environ: Mapping[str, str], name: str) -> Proxy | None:
    variable, value = _lookup(environ, name)
    if not value:
        return None
    try:
        return _decode_proxy(value if "://" in value else f"http://{value}")
    except ValueError as error:
        raise errors.ConfigError(
            f"{variable} is not the URL of a proxy: {error}",
            hint=f"set {variable}=http://user:password@host:port",
        ) from None


def _decode_proxy(value: str) -> Proxy:
    try:
        url = urlsplit(value)
        host, port = url.hostname, url.port
    except ValueError:
        # The standard library's words may quote the value, password included.
        raise ValueError("host or port cannot be read") from None
    if url.scheme != "http":
        raise ValueError("only proxies spoken to by http:// are supported")
    if not host:
        raise ValueError("it names no host")
    return Proxy(host=host, port=port or _DEFAULT_PROXY_PORT, authorization=_authorization(url))


def _authorization(url: SplitResult) -> str:
    if not url.username and not url.password:
        return ""
    credentials = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
    return "Basic " + base64.b64encode(credentials.encode()).decode("ascii")


def _resolve_bypasses(environ: Mapping[str, str]) -> tuple[Bypass, ...]:
    _, value = _lookup(environ, "no_proxy")
    return tuple(_decode_bypass(entry) for entry in value.lower().replace(",", " ").split())


def _decode_bypass(entry: str) -> Bypass:
    if network := _network(entry):
        return Bypass(network=network)
    if match := _WITH_PORT.fullmatch(entry):
        host, port = match["host"], int(match["port"])
        return msgspec.structs.replace(_decode_bypass(host), port=port)
    return Bypass(suffix=entry if entry == "*" else entry.removeprefix("*").strip("."))


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _never_proxied(host: str) -> bool:
    if host.rstrip(".") == "localhost":
        return True
    address = _address(host)
    return address is not None and any(address in network for network in _NEVER_PROXIED)


class Tunnel:
    """Asks a proxy for a tunnel to `origin`: send `request`, then feed until it is open."""

    def __init__(self, proxy: Proxy, origin: Origin) -> None:
        """Write the request."""
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        self.request = _encode_connect(f"{host}:{origin.port}", proxy)
        self._reply = Reply("CONNECT")
        self._failed = f"the proxy {proxy} did not open a tunnel to {origin.host}"

    def feed(self, data: bytes) -> bool:
        """Take what the proxy said, ``b""`` when it closed; return whether the tunnel is open.

        Raises:
            ConnectionError: The proxy refused, closed or said more than it may.
        """
        if data:
            self._reply.feed(data)
        else:
            self._reply.feed_end()
        if self._reply.failure is not None:
            raise errors.ConnectionError(f"{self._failed}: {self._reply.failure.message}")
        return self._reply.head is not None and self._opened(self._reply.head.status)

    def _opened(self, status: int) -> bool:
        if 200 <= status < 300:  # noqa: PLR2004 - any 2xx opens it: RFC 9110, section 9.3.6
            return True
        refused = errors.ConnectionError(f"{self._failed}: status {status}", hint=_advice(status))
        refused.retryable = status >= 500  # noqa: PLR2004 - a refusal is meant, a fault may pass
        raise refused


def _encode_connect(authority: str, proxy: Proxy) -> bytes:
    lines = [f"CONNECT {authority} HTTP/1.1", f"host: {authority}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers]
    return encode_lines(lines)


def _advice(status: int) -> str:
    if status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        return "put user and password into HTTPS_PROXY=http://user:password@host:port"
    return "check HTTPS_PROXY, or name the host in NO_PROXY"


def encode_through(request: HttpRequest, proxy: Proxy | None) -> bytes:
    """Return the head of `request` for a connection that leads to `proxy`, or past all of them.

    A tunnel carries it as it stands. A proxy that forwards gets the whole URL, unchanged, and its
    own headers.

    Raises:
        BadRequestError: As `encode_head`.
    """
    if proxy is None or request.origin.scheme == "https":
        return encode_head(request)
    return encode_head(request, prefix=str(request.origin), extra=proxy.headers)
