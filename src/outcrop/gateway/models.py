"""``GET /v1/models``: what can be called, in OpenAI's shape.

Place in the house: gateway. The list is fetched when it is first asked for, kept for an hour, and
the last good one survives a failed refresh.

Source: behaviour specification, GATE-02, LIST-05, LIST-06.
"""

import asyncio
from collections.abc import Callable
from urllib.parse import unquote

from outcrop.client import AsyncClient
from outcrop.codecs import openai_chat
from outcrop.errors import ModelNotFoundError, OutcropError
from outcrop.flow.listing import ModelInfo
from outcrop.gateway.asgi import Fields, Receive, Scope, Send, answer
from outcrop.gateway.replies import JSON, request_id_of
from outcrop.gateway.settings import GatewaySettings
from outcrop.models.catalogue import nearest

_RETRY_S = 60.0
_PREFIX = "/v1/models/"


class ModelsEndpoint:
    """Answers for lists of models and for single ones."""

    def __init__(
        self, client: AsyncClient, settings: GatewaySettings, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._fresh_s = settings.listing_fresh_s
        self._clock = clock
        self._models: tuple[ModelInfo, ...] = ()
        self._problem: str | None = None
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def list_all(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer with every model."""
        await self._refresh()
        body = openai_chat.encode_models([_entry(info) for info in self._models])
        await answer(send, 200, self._fields(scope), body)

    async def show(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer with one model; ids with ``/`` and ``:`` work in paths, encoded or not.

        Raises:
            ModelNotFoundError: It is not in the list.
        """
        await self._refresh()
        raw = scope.get("raw_path") or scope["path"].encode()
        wanted = unquote(raw.decode("latin-1").partition("?")[0])[len(_PREFIX) :]
        found = next((info for info in self._models if info.id == wanted), None)
        if found is None:
            close = nearest(wanted, [info.id for info in self._models])
            raise ModelNotFoundError(
                f"Model {wanted} is not listed here",
                hint=f"nearest ids: {', '.join(close)}" if close else "see /v1/models",
            )
        await answer(send, 200, self._fields(scope), openai_chat.encode_model(_entry(found)))

    async def problem(self) -> str | None:
        """Return why there is no list of models, or None if there is one."""
        await self._refresh()
        return None if self._models else self._problem or "no models"

    async def _refresh(self) -> None:
        async with self._lock:
            if self._clock() < self._good_until:
                return
            try:
                listing = await self._client.models()
            except OutcropError as error:
                self._problem = str(error)
                self._good_until = self._clock() + _RETRY_S
                return
            self._models = listing.models or self._models
            self._problem = "; ".join(listing.problems) or None
            fresh_s = _RETRY_S if listing.problems else self._fresh_s
            self._good_until = self._clock() + fresh_s

    def _fields(self, scope: Scope) -> Fields:
        fields: Fields = [JSON, (b"x-request-id", request_id_of(scope))]
        if self._problem:
            fields.append((b"x-outcrop-warnings", self._problem.encode("latin-1", "replace")))
        return fields


def _entry(info: ModelInfo) -> openai_chat.ModelEntry:
    return openai_chat.ModelEntry(
        id=info.id, created=info.created, owned_by=info.owned_by, display_name=info.name
    )
