"""Batches: what AWS is told, word for word as botocore tells it, and what comes back."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from outcrop.client.batches import BatchOptions
from outcrop.codecs.jobs.batches import BatchJob, VpcConfig
from outcrop.errors import BadRequestError, PermissionDeniedError, WireError
from tests.client.told import REQUEST_ID, Act, each_client, reply, told_by_botocore

ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghijkl"
ROLE = "arn:aws:iam::123456789012:role/batch"
NEEDED: BatchOptions = {
    "model": "bedrock/amazon.nova-lite-v1:0",
    "role": ROLE,
    "input": "s3://bucket/in.jsonl",
    "output": "s3://bucket/out/",
}
NEEDED_BY_AWS: dict[str, Any] = {
    "jobName": "a-job",
    "roleArn": ROLE,
    "modelId": "amazon.nova-lite-v1:0",
    "inputDataConfig": {
        "s3InputDataConfig": {"s3InputFormat": "JSONL", "s3Uri": "s3://bucket/in.jsonl"}
    },
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/out/"}},
    "modelInvocationType": "Converse",
}
ROW: dict[str, Any] = {
    "jobArn": ARN,
    "jobName": "a-job",
    "modelId": "amazon.nova-lite-v1:0",
    "roleArn": ROLE,
    "status": "InProgress",
    "submitTime": "2026-01-02T03:04:05.5Z",
    "inputDataConfig": NEEDED_BY_AWS["inputDataConfig"],
    "outputDataConfig": NEEDED_BY_AWS["outputDataConfig"],
    "totalRecordCount": 100,
}


@each_client
def test_create(act: Act) -> None:
    done = act(
        lambda client: client.batches.create("a-job", token="a1", **NEEDED),
        reply({"jobArn": ARN}),
    )

    assert done.value == ARN
    assert done.told == told_by_botocore(
        "bedrock", "create_model_invocation_job", clientRequestToken="a1", **NEEDED_BY_AWS
    )


@each_client
def test_create_with_everything(act: Act) -> None:
    """Each member that AWS knows can be said."""
    vpc = VpcConfig(subnet_ids=("subnet-1",), security_group_ids=("sg-1",))

    done = act(
        lambda client: client.batches.create(
            "a-job",
            **NEEDED,
            type="InvokeModel",
            timeout_hours=24,
            input_owner="111111111111",
            output_owner="222222222222",
            output_key="a-key",
            vpc=vpc,
            tags={"team": "stone"},
            token="a1",
        ),
        reply({"jobArn": ARN}),
    )

    told = {**NEEDED_BY_AWS, "modelInvocationType": "InvokeModel"}
    told["inputDataConfig"] = {
        "s3InputDataConfig": {
            "s3InputFormat": "JSONL",
            "s3Uri": "s3://bucket/in.jsonl",
            "s3BucketOwner": "111111111111",
        }
    }
    told["outputDataConfig"] = {
        "s3OutputDataConfig": {
            "s3Uri": "s3://bucket/out/",
            "s3EncryptionKeyId": "a-key",
            "s3BucketOwner": "222222222222",
        }
    }
    assert done.told == told_by_botocore(
        "bedrock",
        "create_model_invocation_job",
        **told,
        clientRequestToken="a1",
        timeoutDurationInHours=24,
        vpcConfig={"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]},
        tags=[{"key": "team", "value": "stone"}],
    )


@each_client
def test_a_token_is_made_up(act: Act) -> None:
    """A request that is sent again after a broken connection must not make a second batch."""
    tokens = [
        act(lambda client: client.batches.create("a-job", **NEEDED), reply({"jobArn": ARN})).told
        for _ in range(2)
    ]

    first, second = (told.body["clientRequestToken"] for told in tokens)
    assert first != second
    assert len(first) == 32
    assert first.isalnum()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**NEEDED, "role": ""}, "a batch needs role"),
        ({"model": "m"}, "a batch needs role, input, output"),
        ({**NEEDED, "timeout_hours": 23}, "timeout_hours is 23"),
        ({**NEEDED, "timeout_hours": 169}, "timeout_hours is 169"),
        ({**NEEDED, "hours": 24}, "unknown options: hours"),
        ({**NEEDED, "model": "a b"}, "holds a blank"),
    ],
)
@each_client
def test_nothing_wrong_is_sent(act: Act, options: Any, message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        act(lambda client: client.batches.create("a-job", **options))


@each_client
def test_get(act: Act) -> None:
    done = act(lambda client: client.batches.get(ARN), reply({**ROW, "brandNew": [1]}))

    job: BatchJob = done.value
    assert (job.status, job.total_record_count) == ("InProgress", 100)
    assert job.submit_time == datetime(2026, 1, 2, 3, 4, 5, 500000, tzinfo=UTC)
    assert job.input_data_config.s3_input_data_config is not None
    assert job.input_data_config.s3_input_data_config.s3_uri == "s3://bucket/in.jsonl"
    assert job.surplus is not None
    assert bytes(job.surplus.members["brandNew"]) == b"[1]"
    assert done.told == told_by_botocore("bedrock", "get_model_invocation_job", jobIdentifier=ARN)


@each_client
def test_stop(act: Act) -> None:
    done = act(lambda client: client.batches.stop("abcdefghijkl"), reply({}))

    assert done.value is None
    assert done.told == told_by_botocore(
        "bedrock", "stop_model_invocation_job", jobIdentifier="abcdefghijkl"
    )


@each_client
def test_list_filtered(act: Act) -> None:
    """Times are told in UTC, whatever zone they were given in."""
    evening = datetime(2026, 1, 2, 23, 0, tzinfo=timezone(timedelta(hours=-5)))

    done = act(
        lambda client: client.batches.list(
            status="Completed",
            name_contains="a-",
            submitted_after=evening,
            submitted_before=datetime(2026, 2, 1, tzinfo=UTC),
            ascending=False,
            limit=5,
        ),
        reply({"invocationJobSummaries": [ROW]}),
    )

    assert [job.job_name for job in done.value] == ["a-job"]
    assert done.told == told_by_botocore(
        "bedrock",
        "list_model_invocation_jobs",
        statusEquals="Completed",
        nameContains="a-",
        submitTimeAfter=evening,
        submitTimeBefore=datetime(2026, 2, 1, tzinfo=UTC),
        sortOrder="Descending",
        maxResults=5,
    )


@each_client
def test_every_page_is_listed(act: Act) -> None:
    done = act(
        lambda client: client.batches.list(),
        reply({"invocationJobSummaries": [ROW], "nextToken": "a/b="}),
        reply({"invocationJobSummaries": [ROW, ROW], "nextToken": None}),
    )

    assert len(done.value) == 3
    assert [request.target for request in done.requests] == [
        "/model-invocation-jobs?maxResults=1000",
        "/model-invocation-jobs?maxResults=1000&nextToken=a%2Fb%3D",
    ]


@each_client
def test_no_more_is_listed_than_was_asked_for(act: Act) -> None:
    """A service that gives more rows, or the same token for ever, does not keep a client."""
    page = reply({"invocationJobSummaries": [ROW, ROW], "nextToken": "again"})

    some = act(lambda client: client.batches.list(limit=3), page, page)
    every = act(lambda client: client.batches.list(), page, page)

    assert len(some.value) == 3
    assert some.requests[1].target == "/model-invocation-jobs?maxResults=1&nextToken=again"
    assert len(every.value) == 4


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"limit": 0}, "limit is 0"),
        ({"state": "Completed"}, "unknown filters: state"),
        ({"submitted_after": datetime(2026, 1, 1)}, "submitTimeAfter has no time zone"),  # noqa: DTZ001
    ],
)
@each_client
def test_wrong_filters(act: Act, filters: Any, message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        act(lambda client: client.batches.list(**filters))


@each_client
def test_errors_say_which_operation(act: Act) -> None:
    refused = reply(
        {"message": "no"}, ("x-amzn-errortype", "AccessDeniedException:http://x"), status=403
    )

    with pytest.raises(PermissionDeniedError) as caught:
        act(lambda client: client.batches.stop(ARN), refused)
    with pytest.raises(WireError, match="jobArn") as unread:
        act(lambda client: client.batches.create("a-job", **NEEDED), reply({}))

    assert caught.value.operation == "StopModelInvocationJob"
    assert unread.value.operation == "CreateModelInvocationJob"
    assert unread.value.request_id == REQUEST_ID
