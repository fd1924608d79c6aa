"""The gateway's routes: which path speaks which dialect.

Place in the house: gateway. A plain ASGI application: a request costs one look-up in a table
before its endpoint runs.

    app = Gateway(client, GatewaySettings.resolve(os.environ, host="127.0.0.1"), clock=time.time)

Source: behaviour specification, GATE-01 to GATE-03, GATE-07, GATE-08.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import msgspec

from outcrop.client import AsyncClient
from outcrop.errors import AuthenticationError, BadRequestError, ModelNotFoundError
from outcrop.gateway.asgi import ClientLeftError, Receive, Scope, Send, answer, live
from outcrop.gateway.chat import ChatEndpoint
from outcrop.gateway.models import PREFIX, ModelsEndpoint
from outcrop.gateway.replies import JSON, answer_error, error_of, request_id_of
from outcrop.gateway.settings import GatewaySettings

Endpoint: TypeAlias = Callable[[Scope, Receive, Send, bytes], Awaitable[None]]
"""Answers one request, which has this id."""

_log: Final = logging.getLogger("outcrop.gateway")

_KEY_HEADERS: Final = frozenset({b"authorization", b"x-api-key"})
_FOR_EVERYBODY: Final = frozenset({"/health", "/health/ready"})


class RouteNotFoundError(BadRequestError):
    """There is nothing at this path."""

    default_status = 404


class MethodNotAllowedError(BadRequestError):
    """The path is known, the method is not.

    Attributes:
        allowed: The methods that are.
    """

    default_status = 405

    def __init__(self, path: str, method: str, allowed: str) -> None:
        """Keep which methods are allowed."""
        super().__init__(f"{path} takes {allowed}, not {method}")
        self.allowed = allowed


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
        self._key = settings.master_key.encode()
        self._models = ModelsEndpoint(client, settings, clock)
        self._one_model: Mapping[str, Endpoint] = MappingProxyType({"GET": self._models.show})
        self._routes: Mapping[str, Mapping[str, Endpoint]] = MappingProxyType(
            {
                "/v1/chat/completions": {"POST": ChatEndpoint(client, settings, clock)},
                "/v1/models": {"GET": self._models.list_all},
                "/health": {"GET": self._health},
                "/health/ready": {"GET": self._ready},
            }
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        request_id = request_id_of(scope)
        try:
            endpoint = self._find(scope)
            if scope["path"] not in _FOR_EVERYBODY:
                self._admit(scope)
            await endpoint(scope, receive, send, request_id)
        except ClientLeftError:
            _log.debug("the client left before its answer was complete")
        except MethodNotAllowedError as error:
            await answer_error(send, error, request_id, (b"allow", error.allowed.encode()))
        except ModelNotFoundError as error:
            await self._models.advise(error)
            await answer_error(send, error, request_id)
        except Exception as failure:  # noqa: BLE001 - whatever it is, the client gets an answer
            await answer_error(send, error_of(failure, request_id), request_id)

    def _find(self, scope: Scope) -> Endpoint:
        path, method = scope["path"], scope["method"]
        methods = self._routes.get(path)
        if methods is None and path.startswith(PREFIX):
            methods = self._one_model
        if methods is None:
            raise RouteNotFoundError(
                f"Nothing is at {method} {path}", hint=f"known are: {', '.join(self._routes)}"
            )
        # The server sends no body in answer to HEAD.
        endpoint = methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            raise MethodNotAllowedError(path, method, ", ".join(methods))
        return endpoint

    def _admit(self, scope: Scope) -> None:
        if not self._lets_in(scope):
            raise AuthenticationError(
                "The gateway does not know this key",
                hint="send the gateway's key as Authorization: Bearer <key>",
            )

    def _lets_in(self, scope: Scope) -> bool:
        return not self._key or _shows_key(scope, self._key)

    async def _health(
        self, _scope: Scope, _receive: Receive, send: Send, request_id: bytes
    ) -> None:
        await answer(send, 200, [JSON, (b"x-request-id", request_id)], b'{"status":"ok"}')

    async def _ready(self, scope: Scope, _receive: Receive, send: Send, request_id: bytes) -> None:
        problem = await self._models.problem()
        told = {"status": "unready" if problem else "ready"}
        if problem and self._lets_in(scope):
            # AWS's words may name the account.
            told["reason"] = problem
        fields = [JSON, (b"x-request-id", request_id)]
        await answer(send, 503 if problem else 200, fields, msgspec.json.encode(told))


def _shows_key(scope: Scope, key: bytes) -> bool:
    # Every header shown is compared, in constant time, so that timing tells nothing of the key.
    matches = 0
    for name, value in scope["headers"]:
        if name in _KEY_HEADERS:
            is_bearer = name == b"authorization" and value[:7].lower() == b"bearer "
            matches += hmac.compare_digest(value[7:] if is_bearer else value, key)
    return matches > 0
