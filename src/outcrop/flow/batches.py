"""Batches: create, look at, list and stop them.

Place in the house: flow. No I/O. On the control plane.

Source: behaviour specification, BATCH-01; CreateModelInvocationJob, GetModelInvocationJob,
ListModelInvocationJobs and StopModelInvocationJob of the Bedrock API reference.
"""

from typing import Final

from outcrop.codecs.jobs.batches import (
    BatchJob,
    BatchRequest,
    decode_created,
    decode_job,
    decode_page,
)
from outcrop.flow.effects import Flow
from outcrop.flow.invocation import Road, exchange
from outcrop.flow.pages import Filters, ask, list_all
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.protocols.lossless import encode
from outcrop.protocols.percent import encode_segment

API: Final = "control"

_PATH: Final = "/model-invocation-job"


def create_batch(request: BatchRequest, target: Target, session: Session) -> Flow[str]:
    """Create a batch; return its ARN.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="CreateModelInvocationJob", api=API, path=_PATH)
    created = yield from ask(road, encode(request), decode_created, target, session)
    return created.job_arn


def get_batch(job: str, target: Target, session: Session) -> Flow[BatchJob]:
    """Return how far a batch is.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="GetModelInvocationJob", api=API, path=_path(job), method="GET")
    return (yield from ask(road, b"", decode_job, target, session))


def list_batches(
    filters: Filters, limit: int | None, target: Target, session: Session
) -> Flow[tuple[BatchJob, ...]]:
    """List batches.

    Raises:
        BadRequestError: A filter has the wrong form.
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="ListModelInvocationJobs", api=API, path="/model-invocation-jobs")
    return (yield from list_all(road, filters, _rows, target, session, limit=limit))


def stop_batch(job: str, target: Target, session: Session) -> Flow[None]:
    """Ask AWS to stop a batch; what it has answered so far is kept.

    Raises:
        OutcropError: AWS refused, or did not answer.
    """
    road = Road(operation="StopModelInvocationJob", api=API, path=f"{_path(job)}/stop")
    yield from exchange(road, b"", target, session)


def _path(job: str) -> str:
    return f"{_PATH}/{encode_segment(job)}"


def _rows(body: bytes) -> tuple[tuple[BatchJob, ...], str]:
    page = decode_page(body)
    return page.invocation_job_summaries or (), page.next_token or ""
