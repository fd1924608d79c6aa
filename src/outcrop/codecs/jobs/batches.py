"""Batches: a file of requests in a bucket, answered within hours.

Place in the house: the codec of jobs.

Source: service model of bedrock as in botocore 1.44.5, shapes of CreateModelInvocationJob,
GetModelInvocationJob and ListModelInvocationJobs; behaviour specification, BATCH-01.
"""

from datetime import datetime
from typing import ClassVar, Final

from outcrop.codecs.jobs.tags import Tag
from outcrop.protocols.shape import Shape, reader_of


class BatchS3Input(Shape, kw_only=True):
    """Where the requests are."""

    s3_input_format: str | None = None
    """``"JSONL"``."""
    s3_uri: str
    """A file, or a folder: ``s3://bucket/folder/``."""
    s3_bucket_owner: str | None = None
    """Account id of the bucket's owner, where it is not the caller's."""


class BatchInput(Shape):
    """Where the requests are; exactly one member is set."""

    union: ClassVar[bool] = True

    s3_input_data_config: BatchS3Input | None = None


class BatchS3Output(Shape):
    """Where the answers go."""

    s3_uri: str
    """A folder: ``s3://bucket/folder/``."""
    s3_encryption_key_id: str | None = None
    s3_bucket_owner: str | None = None


class BatchOutput(Shape):
    """Where the answers go; exactly one member is set."""

    union: ClassVar[bool] = True

    s3_output_data_config: BatchS3Output | None = None


class VpcConfig(Shape):
    """The network through which the buckets are reached."""

    subnet_ids: tuple[str, ...]
    security_group_ids: tuple[str, ...]


class BatchRequest(Shape, kw_only=True):
    """What CreateModelInvocationJob is told."""

    job_name: str
    role_arn: str
    client_request_token: str | None = None
    model_id: str
    input_data_config: BatchInput
    output_data_config: BatchOutput
    vpc_config: VpcConfig | None = None
    timeout_duration_in_hours: int | None = None
    tags: tuple[Tag, ...] | None = None
    model_invocation_type: str | None = None


class BatchCreated(Shape):
    """What CreateModelInvocationJob answers."""

    job_arn: str


class BatchJob(Shape, kw_only=True):
    """A batch, and how far it is."""

    job_arn: str
    job_name: str | None = None
    model_id: str
    client_request_token: str | None = None
    role_arn: str
    status: str | None = None
    """``"Submitted"``, ``"Validating"``, ``"Scheduled"``, ``"InProgress"``, ``"Completed"``,
    ``"PartiallyCompleted"``, ``"Failed"``, ``"Stopping"``, ``"Stopped"`` or ``"Expired"``."""
    message: str | None = None
    """Why it failed."""
    submit_time: datetime
    last_modified_time: datetime | None = None
    end_time: datetime | None = None
    input_data_config: BatchInput
    output_data_config: BatchOutput
    vpc_config: VpcConfig | None = None
    timeout_duration_in_hours: int | None = None
    job_expiration_time: datetime | None = None
    model_invocation_type: str | None = None
    """``"InvokeModel"`` or ``"Converse"``: what a line's ``modelInput`` is."""
    total_record_count: int | None = None
    processed_record_count: int | None = None
    success_record_count: int | None = None
    error_record_count: int | None = None


class BatchPage(Shape):
    """A page of a list of batches."""

    next_token: str | None = None
    invocation_job_summaries: tuple[BatchJob, ...] | None = None


decode_created: Final = reader_of(BatchCreated)
"""Reads the answer of CreateModelInvocationJob; raises `WireError` where it is none."""
decode_job: Final = reader_of(BatchJob)
"""Reads the answer of GetModelInvocationJob; raises `WireError` where it is none."""
decode_page: Final = reader_of(BatchPage)
"""Reads the answer of ListModelInvocationJobs; raises `WireError` where it is none."""
