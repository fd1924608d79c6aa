"""The gateway's routes: which path speaks which dialect.

Place in the house: gateway. A plain ASGI application: a request costs one look-up in a table
before its endpoint runs.

    app = Gateway(client, GatewaySettings.resolve(os.environ, host="127.0.0.1"), clock=time.time)

Source: behaviour specification, GATE-01 to GATE-03, GATE-07.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from outcrop.client import AsyncClient
from outcrop.errors import (
    AuthenticationError,
    BadRequestError,
    OutcropError,
)
from outcrop.gateway.asgi import ClientLeftError, Receive, Scope, Send, answer, live
from outcrop.gateway.chat import ChatEndpoint
from outcrop.gateway.models import ModelsEndpoint
from outcrop.gateway.replies import JSON, answer_error, request_id_of
from outcrop.gateway.settings import GatewaySettings

Endpoint: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_log: Final = logging.getLogger("outcrop.gateway")

MODELS: Final = "/v1/models"
_KEY_HEADERS: Final = frozenset({b"authorization", b"x-api-key"})


class RouteNotFoundError(BadRequestError):
    """There is nothing at this path."""

    default_status = 404


class MethodNotAllowedError(BadRequestError):
    """The path is known, the method is not."""

    default_status = 405


class Gateway:
    """An ASGI application that answers the OpenAI API from Bedrock."""

    def __init__(
        self, client: AsyncClient, settings: GatewaySettings, *, clock: Callable[[], float]
    ) -> None:
        """Take the client to ask through; the caller closes it.

        Args:
            client: Whose credentials and region are used upstream.
            settings: How the gateway is run.
            clock: Seconds since the epoch.
        """
        self._settings = settings
        self._key = settings.master_key.encode()
        self._models = ModelsEndpoint(client, settings, clock)
        self._routes: Mapping[str, Mapping[str, Endpoint]] = MappingProxyType(
            {
                "/v1/chat/completions": {"POST": ChatEndpoint(client, settings, clock)},
                MODELS: {"GET": self._models.list_all},
                "/health": {"GET": self._health},
                "/health/ready": {"GET": self._ready},
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        try:
            endpoint = self._find(scope)
            if scope["path"] != "/health":
                self._admit(scope)
            await endpoint(scope, receive, send)
        except ClientLeftError:
            _log.debug("the client left before its answer was complete")
        except OutcropError as error:
            await answer_error(send, error, request_id_of(scope))

    def _find(self, scope: Scope) -> Endpoint:
        path, method = scope["path"], scope["method"]
        methods = self._routes.get(path)
        if methods is None and path.startswith(f"{MODELS}/"):
            methods = {"GET": self._models.show}
        if methods is None:
            raise RouteNotFoundError(
                f"Nothing is at {method} {path}", hint=f"known are: {', '.join(self._routes)}"
            )
        endpoint = methods.get(method)
        if endpoint is None:
            raise MethodNotAllowedError(f"{path} takes {', '.join(methods)}, not {method}")
        return endpoint

    def _admit(self, scope: Scope) -> None:
        if self._key and not _shows_key(scope, self._key):
            raise AuthenticationError(
                "The gateway does not know this key",
                hint="send the gateway's key as Authorization: Bearer <key>",
            )

    async def _health(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await answer(send, 200, [JSON], b'{"status":"ok"}')

    async def _ready(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        problem = await self._models.problem()
        if problem is None:
            await answer(send, 200, [JSON], b'{"status":"ready"}')
            return
        body = msgspec.json.encode({"status": "unready", "reason": problem})
        await answer(send, 503, [JSON], body)


def _shows_key(scope: Scope, key: bytes) -> bool:
    # Every header shown is compared, in constant time, so that timing tells nothing of the key.
    matches = 0
    for name, value in scope["headers"]:
        if name in _KEY_HEADERS:
            is_bearer = name == b"authorization" and value[:7].lower() == b"bearer "
            matches += hmac.compare_digest(value[7:] if is_bearer else value, key)
    return matches > 0
