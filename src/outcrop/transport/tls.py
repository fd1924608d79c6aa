"""TLS by the standard library: whom we trust, one context for all connections.

Place in the house: transport floor. Knows `TransportOptions` and `ssl`; opens no connection.

Source: behaviour specification, TLS-01 to -03. One context a transport and not one a connection:
each costs some 20 ms and half a megabyte.
"""

import ssl
import threading
from pathlib import Path

from outcrop import errors
from outcrop.transport.options import TransportOptions

_BUNDLE_VARIABLES = "OUTCROP_CA_BUNDLE or AWS_CA_BUNDLE"


class Trust:
    """The one `ssl.SSLContext` of a transport.

    Made at once where CA files are named, so that a wrong one fails at start, and else with the
    first TLS connection: reading the system's pool takes longer than many a program.
    """

    def __init__(self, options: TransportOptions) -> None:
        """Load the CA files.

        Raises:
            ConfigError: One of them cannot be read or holds no certificate.
        """
        self._verify = options.verify
        self._bundles = tuple((path, _read_bundle(path)) for path in options.ca_bundles)
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        if self._bundles:
            self.context()

    def context(self) -> ssl.SSLContext:
        """Return the context, the same each time.

        Raises:
            ConfigError: A CA file holds no certificate that can be used.
        """
        with self._lock:
            if self._context is None:
                self._context = self._make()
            return self._context

    def _make(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        for path, text in self._bundles:
            _add(context, path, text)
        if not self._verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _read_bundle(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="ignore")
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from error


def _add(context: ssl.SSLContext, path: str, text: str) -> None:
    # Certificates are added to the pool that is there; comments between them are common.
    if "-----BEGIN" not in text:
        raise _unusable(path, "holds no certificate")
    try:
        context.load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise _unusable(path, f"holds no usable certificate: {error.reason}") from error


def _unusable(path: str, reason: str) -> errors.ConfigError:
    return errors.ConfigError(
        f"the CA file {path} {reason}",
        hint=f"{_BUNDLE_VARIABLES} names a readable PEM file",
    )
