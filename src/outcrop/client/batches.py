"""Batches of requests, as a caller handles them.

Place in the house: client. `Batches` blocks, `AsyncBatches` awaits; what both say is built here
once.

    job = client.batches.create(
        "questions", model="us.amazon.nova-lite-v1:0", role="arn:aws:iam::123456789012:role/batch",
        input="s3://bucket/questions.jsonl", output="s3://bucket/answers/",
    )
    client.batches.get(job).status

The file of requests is made of `line`, the file of answers understood by `read`; neither asks AWS.

Source: behaviour specification, BATCH-01.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from outcrop.client.ask import ChatOptions, Conversation, build_request, refuse_unknown
from outcrop.client.jobs import Run, RunAsync, query_of
from outcrop.client.plan import Plan
from outcrop.codecs.jobs.batches import (
    BatchInput,
    BatchJob,
    BatchOutput,
    BatchRequest,
    BatchS3Input,
    BatchS3Output,
    VpcConfig,
)
from outcrop.codecs.jobs.tags import encode_tags
from outcrop.errors import BadRequestError
from outcrop.flow.batches import create_batch, get_batch, list_batches, stop_batch
from outcrop.flow.effects import Flow
from outcrop.flow.pages import request_token
from outcrop.flow.records import BatchAnswer, BatchLine, read_lines, write_line
from outcrop.models.ids import parse_model_id

CONVERSE: Final = "Converse"
SHORTEST_H: Final = 24
LONGEST_H: Final = 168


class BatchOptions(TypedDict, total=False):
    """How a batch is made; the first four are required."""

    model: str
    """Model id, profile id or ARN."""
    role: str
    """ARN of the role that AWS takes on to reach the buckets."""
    input: str
    """Where the requests are: ``s3://bucket/file.jsonl``, or a folder."""
    output: str
    """Where the answers go: ``s3://bucket/folder/``."""
    type: str
    """What a line's ``modelInput`` is: ``"Converse"`` (default) or ``"InvokeModel"``."""
    timeout_hours: int
    """24 to 168."""
    input_owner: str
    """Account of the input's bucket, where it is another's."""
    output_owner: str
    output_key: str
    """KMS key of the answers."""
    vpc: VpcConfig
    tags: Mapping[str, str]
    token: str
    """The same token twice makes one batch; made up where it is left out."""


class BatchFilters(TypedDict, total=False):
    """Which batches are listed: all, where nothing is said."""

    status: str
    name_contains: str
    submitted_after: datetime
    submitted_before: datetime
    ascending: bool
    """True: oldest first; False: newest first. AWS's own order where it is left out."""
    limit: int


_KNOWN: Final = frozenset(BatchOptions.__annotations__)
_REQUIRED: Final = ("model", "role", "input", "output")
_FILTERS: Final = {
    "status": "statusEquals",
    "name_contains": "nameContains",
    "submitted_after": "submitTimeAfter",
    "submitted_before": "submitTimeBefore",
}


def plan_create(plan: Plan, name: str, options: BatchOptions) -> Flow[str]:
    """Return the flow that creates a batch.

    Raises:
        BadRequestError: An option is missing, or has the wrong form.
    """
    given: dict[str, Any] = {key: said for key, said in options.items() if said is not None}
    refuse_unknown(given.keys() - _KNOWN, _KNOWN, "options")
    missing = [key for key in _REQUIRED if not given.get(key)]
    if missing:
        raise BadRequestError(f"a batch needs {', '.join(missing)}")
    hours = given.get("timeout_hours")
    if hours is not None and not SHORTEST_H <= hours <= LONGEST_H:
        raise BadRequestError(
            f"timeout_hours is {hours}", hint=f"say {SHORTEST_H} to {LONGEST_H} hours"
        )
    token = given.get("token") or request_token(plan.session)
    return create_batch(_request(name, token, given), plan.control_target(), plan.session)


def _request(name: str, token: str, given: Mapping[str, Any]) -> BatchRequest:
    return BatchRequest(
        job_name=name,
        role_arn=given["role"],
        client_request_token=token,
        model_id=parse_model_id(given["model"]).wire,
        input_data_config=BatchInput(
            s3_input_data_config=BatchS3Input(
                s3_input_format="JSONL",
                s3_uri=given["input"],
                s3_bucket_owner=given.get("input_owner"),
            )
        ),
        output_data_config=BatchOutput(
            s3_output_data_config=BatchS3Output(
                s3_uri=given["output"],
                s3_encryption_key_id=given.get("output_key"),
                s3_bucket_owner=given.get("output_owner"),
            )
        ),
        vpc_config=given.get("vpc"),
        timeout_duration_in_hours=given.get("timeout_hours"),
        tags=encode_tags(given.get("tags")),
        model_invocation_type=given.get("type", CONVERSE),
    )


def plan_get(plan: Plan, job: str) -> Flow[BatchJob]:
    """Return the flow that looks at a batch."""
    return get_batch(job, plan.control_target(), plan.session)


def plan_list(plan: Plan, filters: BatchFilters) -> Flow[tuple[BatchJob, ...]]:
    """Return the flow that lists batches.

    Raises:
        BadRequestError: A filter is unknown.
    """
    said = query_of(filters, _FILTERS)
    return list_batches(said, filters.get("limit"), plan.control_target(), plan.session)


def plan_stop(plan: Plan, job: str) -> Flow[None]:
    """Return the flow that stops a batch."""
    return stop_batch(job, plan.control_target(), plan.session)


def plan_line(
    plan: Plan, record_id: str, conversation: Conversation, options: ChatOptions
) -> BatchLine:
    """Return the line of a batch that asks what `chat` would ask.

    Raises:
        ConfigError: No model is named.
        BadRequestError: The request cannot be sent as it is, or has no id.
    """
    request = plan.complete(build_request(conversation, plan.model, options))
    return write_line(record_id, request, plan.target(request.model))


class Batches:
    """The batches of a region. See `Client.batches`."""

    def __init__(self, plan: Plan, run: Run) -> None:
        """Take a client's plan and its driver."""
        self._plan = plan
        self._run = run

    def line(
        self, record_id: str, conversation: Conversation, **options: Unpack[ChatOptions]
    ) -> BatchLine:
        """Return a line of a batch's input that asks what `chat` would ask.

        Args:
            record_id: Tells the answer among all others.
            conversation: Text, one message, or all messages so far.
            options: See `ChatOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The request cannot be sent as it is.
        """
        return plan_line(self._plan, record_id, conversation, options)

    def read(self, data: bytes, *, converse: bool = True) -> tuple[BatchAnswer, ...]:
        """Return the answers in a batch's output.

        Args:
            data: The whole file.
            converse: Whether the batch was of the type ``"Converse"``; else `BatchAnswer.output`
                alone is set.

        Raises:
            WireError: A line is no record.
        """
        return read_lines(data, is_converse=converse)

    def create(self, name: str, **options: Unpack[BatchOptions]) -> str:
        """Create a batch; return its ARN.

        Args:
            name: Of the job; unique in the account.
            options: See `BatchOptions`.

        Raises:
            BadRequestError: An option is missing, or has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_create(self._plan, name, options))

    def get(self, job: str) -> BatchJob:
        """Return how far a batch is.

        Args:
            job: Its ARN, or the last part of it.

        Raises:
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_get(self._plan, job))

    def list(self, **filters: Unpack[BatchFilters]) -> tuple[BatchJob, ...]:
        """List batches.

        Args:
            filters: See `BatchFilters`.

        Raises:
            BadRequestError: A filter has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_list(self._plan, filters))

    def stop(self, job: str) -> None:
        """Ask AWS to stop a batch; what it has answered so far is kept.

        Raises:
            OutcropError: AWS refused, or did not answer.
        """
        self._run(plan_stop(self._plan, job))


class AsyncBatches:
    """The batches of a region, awaited. See `AsyncClient.batches`."""

    def __init__(self, plan: Plan, run: RunAsync) -> None:
        """Take a client's plan and its driver."""
        self._plan = plan
        self._run = run

    def line(
        self, record_id: str, conversation: Conversation, **options: Unpack[ChatOptions]
    ) -> BatchLine:
        """Return a line of a batch's input. See `Batches.line`; nothing to await."""
        return plan_line(self._plan, record_id, conversation, options)

    def read(self, data: bytes, *, converse: bool = True) -> tuple[BatchAnswer, ...]:
        """Return the answers in a batch's output. See `Batches.read`; nothing to await."""
        return read_lines(data, is_converse=converse)

    async def create(self, name: str, **options: Unpack[BatchOptions]) -> str:
        """Create a batch; return its ARN. See `Batches.create`."""
        return await self._run(plan_create(self._plan, name, options))

    async def get(self, job: str) -> BatchJob:
        """Return how far a batch is. See `Batches.get`."""
        return await self._run(plan_get(self._plan, job))

    async def list(self, **filters: Unpack[BatchFilters]) -> tuple[BatchJob, ...]:
        """List batches. See `Batches.list`."""
        return await self._run(plan_list(self._plan, filters))

    async def stop(self, job: str) -> None:
        """Ask AWS to stop a batch. See `Batches.stop`."""
        await self._run(plan_stop(self._plan, job))
