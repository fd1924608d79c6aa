"""Asynchronous calls: one native body now, its answer in a bucket later.

Place in the house: the codec of jobs.

Source: service model of bedrock-runtime as in botocore 1.44.5, shapes of StartAsyncInvoke,
GetAsyncInvoke and ListAsyncInvokes; behaviour specification, BATCH-01.
"""

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from outcrop.codecs.jobs.tags import Tag
from outcrop.protocols.shape import Shape, reader_of


class AsyncS3Output(Shape):
    """Where the answer goes."""

    s3_uri: str
    """A folder: ``s3://bucket/folder``."""
    kms_key_id: str | None = None
    bucket_owner: str | None = None
    """Account id of the bucket's owner, where it is not the caller's."""


class AsyncOutput(Shape):
    """Where the answer goes; exactly one member is set."""

    union: ClassVar[bool] = True

    s3_output_data_config: AsyncS3Output | None = None


class AsyncInvokeRequest(Shape, kw_only=True):
    """What StartAsyncInvoke is told."""

    client_request_token: str | None = None
    model_id: str
    model_input: msgspec.Raw
    output_data_config: AsyncOutput
    tags: tuple[Tag, ...] | None = None


class AsyncInvokeStarted(Shape):
    """What StartAsyncInvoke answers."""

    invocation_arn: str


class AsyncInvoke(Shape, kw_only=True):
    """An asynchronous call, and how far it is."""

    invocation_arn: str
    model_arn: str
    client_request_token: str | None = None
    status: str | None = None
    """``"InProgress"``, ``"Completed"`` or ``"Failed"``."""
    failure_message: str | None = None
    submit_time: datetime
    last_modified_time: datetime | None = None
    end_time: datetime | None = None
    output_data_config: AsyncOutput


class AsyncInvokePage(Shape):
    """A page of a list of asynchronous calls."""

    next_token: str | None = None
    async_invoke_summaries: tuple[AsyncInvoke, ...] | None = None


decode_started: Final = reader_of(AsyncInvokeStarted)
"""Reads the answer of StartAsyncInvoke; raises `WireError` where it is none."""
decode_invoke: Final = reader_of(AsyncInvoke)
"""Reads the answer of GetAsyncInvoke; raises `WireError` where it is none."""
decode_page: Final = reader_of(AsyncInvokePage)
"""Reads the answer of ListAsyncInvokes; raises `WireError` where it is none."""
