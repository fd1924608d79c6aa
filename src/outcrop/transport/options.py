"""How a transport reaches the network: one value, decided before the first connection.

Place in the house: transport floor. A value only: whoever composes the client reads the environment
and the settings and fills it in; the transport itself never looks at either.

Source: behaviour specification, EP-05, EP-06, TLS-01 to -04.
"""

import msgspec

from outcrop.transport.proxies import Proxies


class TransportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What all connections of one transport have in common."""

    ca_bundles: tuple[str, ...] = ()
    """PEM files whose certificates are trusted besides the system's own."""
    verify: bool = True
    """False trusts anybody; whoever sets it warns the user."""
    proxies: Proxies = Proxies()
    """Which proxy stands before which host; `proxies.resolve_proxies` reads them."""
    max_connections: int = 100
    """Connections open at once, per event loop; further calls wait their turn."""
    max_idle_s: float = 300.0
    """A connection unused for longer is closed, not reused: AWS drops them at 350 s."""
    keepalive_after_s: int = 45
    """Silence after which TCP probes the other side, so that no NAT forgets a slow answer."""
