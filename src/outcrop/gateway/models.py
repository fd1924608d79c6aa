"""``GET /v1/models``: what can be called, in OpenAI's shape.

Place in the house: gateway. The list is fetched when it is first asked for, kept for an hour, and
the last good one survives a failed refresh.

Source: behaviour specification, GATE-02, GATE-07, GATE-11, LIST-05, LIST-06, ERR-19, ERR-29.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import UNSET

from outcrop.client import AsyncClient, Listing
from outcrop.codecs import openai_chat
from outcrop.codecs.openai_chat import ModelEntry
from outcrop.errors import ModelNotFoundError, OutcropError
from outcrop.flow.listing import ModelInfo
from outcrop.gateway.asgi import Fields, Receive, Scope, Send, answer
from outcrop.gateway.replies import JSON, encode_field
from outcrop.gateway.settings import GatewaySettings
from outcrop.models.catalogue import lookup, nearest

PREFIX = "/v1/models/"

_RETRY_S = 60.0
_ADVICE_S = 2.0
"""How long an error may wait for the list that makes it more helpful."""
_NOTHING: Mapping[str, ModelEntry] = MappingProxyType({})


class ModelsEndpoint:
    """Answers for lists of models and for single ones."""

    def __init__(
        self, client: AsyncClient, settings: GatewaySettings, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._fresh_s = settings.listing_fresh_s
        self._clock = clock
        self._entries = _NOTHING
        self._problem = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def list_all(
        self, _scope: Scope, _receive: Receive, send: Send, request_id: bytes
    ) -> None:
        """Answer with every model."""
        await self._refresh()
        body = openai_chat.encode_models(self._entries.values())
        await answer(send, 200, self._fields(request_id), body)

    async def show(self, scope: Scope, _receive: Receive, send: Send, request_id: bytes) -> None:
        """Answer with one model; ids with ``/`` and ``:`` work in paths, encoded or not.

        Raises:
            ModelNotFoundError: It is not in the list.
        """
        await self._refresh()
        wanted = scope["path"].removeprefix(PREFIX)
        found = self._entries.get(wanted)
        if found is None:
            error = ModelNotFoundError(f"Model {wanted} is not listed here", hint="see /v1/models")
            error.model = wanted
            raise error
        await answer(send, 200, self._fields(request_id), openai_chat.encode_model(found))

    async def advise(self, error: OutcropError) -> None:
        """Add to an error of a model that is not there the ids that look most like it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ADVICE_S):
                await self._refresh()
        close = nearest(error.model, (name for name in self._entries if name != error.model))
        if close:
            error.hint = "; ".join(filter(None, (error.hint, f"nearest ids: {', '.join(close)}")))

    async def problem(self) -> str:
        """Return why there is no list of models; empty if there is one."""
        await self._refresh()
        return "" if self._entries else self._problem

    async def _refresh(self) -> None:
        async with self._lock:
            if self._clock() >= self._good_until:
                complete = await self._fetch()
                self._good_until = self._clock() + (self._fresh_s if complete else _RETRY_S)

    async def _fetch(self) -> bool:
        try:
            listing = await self._client.models()
        except OutcropError as error:
            listing = Listing(models=(), problems=(str(error),))
        if listing.models:
            self._entries = {info.id: _entry(info) for info in listing.models}
        self._problem = "; ".join(listing.problems)
        if not self._entries:
            self._problem = _no_models(self._problem)
        return bool(listing.models) and not listing.problems

    def _fields(self, request_id: bytes) -> Fields:
        fields: Fields = [JSON, (b"x-request-id", request_id)]
        if self._problem:
            fields.append((b"x-outcrop-warnings", encode_field(self._problem)))
        return fields


def _no_models(reason: str) -> str:
    why = f"listing failed ({reason})" if reason else "none on demand here"
    return (
        f"No models: {why}. "
        "Allow bedrock:ListFoundationModels and bedrock:ListInferenceProfiles, "
        "or choose another region."
    )


def _entry(info: ModelInfo) -> ModelEntry:
    card = lookup(info.id)
    return ModelEntry(
        id=info.id,
        created=info.created,
        owned_by=info.owned_by,
        display_name=info.name,
        modes=("chat",) if "TEXT" in info.inputs else UNSET,
        capabilities=_capabilities(info),
        lifecycle=info.lifecycle.lower() or UNSET,
        shutdown_date=(card.end_of_life or None) if card else UNSET,
        source="api",
    )


def _capabilities(info: ModelInfo) -> tuple[str, ...]:
    card = lookup(info.id)
    known = {
        "streaming": info.streaming,
        "tools": card and card.tools,
        "reasoning": card and card.reasoning,
        "prompt_caching": card and card.cache,
    }
    inputs = (f"{kind.lower()}_input" for kind in info.inputs if kind != "TEXT")
    return (*(name for name, has in known.items() if has), *inputs)
