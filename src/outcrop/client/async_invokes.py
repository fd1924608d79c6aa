"""Asynchronous calls, as a caller handles them: one body now, its answer in a bucket later.

Place in the house: client. `AsyncInvokes` blocks while it talks to AWS, `AwaitedAsyncInvokes`
awaits; what both say is built here once.

    body = {"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "A rock in the sea"}}
    call = client.async_invokes.start("amazon.nova-reel-v1:1", body, output="s3://bucket/films")
    client.async_invokes.get(call).status

Source: behaviour specification, BATCH-01.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from outcrop.client.ask import refuse_unknown
from outcrop.client.jobs import Run, RunAsync, query_of
from outcrop.client.native import Body, body_bytes
from outcrop.client.plan import Plan
from outcrop.codecs.jobs.async_invokes import (
    AsyncInvoke,
    AsyncInvokeRequest,
    AsyncOutput,
    AsyncS3Output,
)
from outcrop.codecs.jobs.tags import encode_tags
from outcrop.errors import BadRequestError
from outcrop.flow.async_invokes import get_async_invoke, list_async_invokes, start_async_invoke
from outcrop.flow.effects import Flow
from outcrop.flow.pages import request_token
from outcrop.types.json import raw_object


class AsyncInvokeOptions(TypedDict, total=False):
    """Where the answer goes."""

    output: str
    """A folder: ``s3://bucket/folder``. Required."""
    output_owner: str
    """Account of the bucket, where it is another's."""
    output_key: str
    """KMS key of the answer."""
    tags: Mapping[str, str]
    token: str
    """The same token twice makes one call; made up where it is left out."""


class AsyncInvokeFilters(TypedDict, total=False):
    """Which calls are listed: all, where nothing is said."""

    status: str
    submitted_after: datetime
    submitted_before: datetime
    ascending: bool
    """True: oldest first; False: newest first. AWS's own order where it is left out."""
    limit: int


_KNOWN: Final = frozenset(AsyncInvokeOptions.__annotations__)
_FILTERS: Final = {
    "status": "statusEquals",
    "submitted_after": "submitTimeAfter",
    "submitted_before": "submitTimeBefore",
}


def plan_start(plan: Plan, model: str, body: Body, options: AsyncInvokeOptions) -> Flow[str]:
    """Return the flow that starts an asynchronous call.

    Raises:
        BadRequestError: An option or the body has the wrong form.
    """
    given: dict[str, Any] = {key: said for key, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    if not given.get("output"):
        raise BadRequestError("output is required", hint="name a folder of a bucket: s3://...")
    target = plan.target(model)
    request = AsyncInvokeRequest(
        client_request_token=given.get("token") or request_token(plan.session),
        model_id=target.model,
        model_input=raw_object(body_bytes(body), "the body"),
        output_data_config=AsyncOutput(
            s3_output_data_config=AsyncS3Output(
                s3_uri=given["output"],
                kms_key_id=given.get("output_key"),
                bucket_owner=given.get("output_owner"),
            )
        ),
        tags=encode_tags(given.get("tags")),
    )
    return start_async_invoke(request, target, plan.session)


def plan_get(plan: Plan, arn: str) -> Flow[AsyncInvoke]:
    """Return the flow that looks at an asynchronous call."""
    return get_async_invoke(arn, plan.runtime_target(), plan.session)


def plan_list(plan: Plan, filters: AsyncInvokeFilters) -> Flow[tuple[AsyncInvoke, ...]]:
    """Return the flow that lists asynchronous calls.

    Raises:
        BadRequestError: A filter is unknown.
    """
    said = query_of(filters, _FILTERS)
    return list_async_invokes(said, filters.get("limit"), plan.runtime_target(), plan.session)


class AsyncInvokes:
    """The asynchronous calls of a region. See `Client.async_invokes`."""

    def __init__(self, plan: Plan, run: Run) -> None:
        """Take a client's plan and its driver."""
        self._plan = plan
        self._run = run

    def start(self, model: str, body: Body, **options: Unpack[AsyncInvokeOptions]) -> str:
        """Start an asynchronous call; return its ARN.

        Args:
            model: Model id or ARN.
            body: The model's own body, a JSON object.
            options: See `AsyncInvokeOptions`.

        Raises:
            BadRequestError: An option or the body has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_start(self._plan, model, body, options))

    def get(self, arn: str) -> AsyncInvoke:
        """Return how far an asynchronous call is.

        Raises:
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_get(self._plan, arn))

    def list(self, **filters: Unpack[AsyncInvokeFilters]) -> tuple[AsyncInvoke, ...]:
        """List asynchronous calls.

        Args:
            filters: See `AsyncInvokeFilters`.

        Raises:
            BadRequestError: A filter has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_list(self._plan, filters))


class AwaitedAsyncInvokes:
    """The asynchronous calls of a region, awaited. See `AsyncClient.async_invokes`."""

    def __init__(self, plan: Plan, run: RunAsync) -> None:
        """Take a client's plan and its driver."""
        self._plan = plan
        self._run = run

    async def start(self, model: str, body: Body, **options: Unpack[AsyncInvokeOptions]) -> str:
        """Start an asynchronous call; return its ARN. See `AsyncInvokes.start`."""
        return await self._run(plan_start(self._plan, model, body, options))

    async def get(self, arn: str) -> AsyncInvoke:
        """Return how far an asynchronous call is. See `AsyncInvokes.get`."""
        return await self._run(plan_get(self._plan, arn))

    async def list(self, **filters: Unpack[AsyncInvokeFilters]) -> tuple[AsyncInvoke, ...]:
        """List asynchronous calls. See `AsyncInvokes.list`."""
        return await self._run(plan_list(self._plan, filters))
