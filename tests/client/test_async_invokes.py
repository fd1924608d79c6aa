"""Asynchronous calls: what AWS is told, word for word as botocore tells it, and what comes back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from outcrop.codecs.jobs.async_invokes import AsyncInvoke
from outcrop.errors import BadRequestError
from tests.client.told import Act, each_client, reply, told_by_botocore

ARN = "arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl"
REEL = "amazon.nova-reel-v1:1"
BODY = {"taskType": "TEXT_VIDEO", "textToVideoParams": {"text": "A rock in the sea"}}
ROW: dict[str, Any] = {
    "invocationArn": ARN,
    "modelArn": "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-reel-v1:1",
    "status": "Failed",
    "failureMessage": "no such bucket",
    "submitTime": "2026-01-02T03:04:05Z",
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/films"}},
}


@each_client
def test_start(act: Act) -> None:
    """A model's own body stands inside, unread."""
    done = act(
        lambda client: client.async_invokes.start(
            REEL, BODY, output="s3://bucket/films", token="a1"
        ),
        reply({"invocationArn": ARN}),
    )

    assert done.value == ARN
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "start_async_invoke",
        modelId=REEL,
        modelInput=BODY,
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://bucket/films"}},
        clientRequestToken="a1",
    )


@each_client
def test_start_with_everything(act: Act) -> None:
    done = act(
        lambda client: client.async_invokes.start(
            REEL,
            b'{"taskType":"TEXT_VIDEO","seed":12345678901234567890}',
            output="s3://bucket/films",
            output_owner="111111111111",
            output_key="a-key",
            tags={"team": "stone"},
            token="a1",
        ),
        reply({"invocationArn": ARN}),
    )

    output = {"s3Uri": "s3://bucket/films", "kmsKeyId": "a-key", "bucketOwner": "111111111111"}
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "start_async_invoke",
        modelId=REEL,
        modelInput={"taskType": "TEXT_VIDEO", "seed": 12345678901234567890},
        outputDataConfig={"s3OutputDataConfig": output},
        clientRequestToken="a1",
        tags=[{"key": "team", "value": "stone"}],
    )


@each_client
def test_a_token_is_made_up(act: Act) -> None:
    """A film is expensive: a request that is sent again must not make two."""
    done = act(
        lambda client: client.async_invokes.start(REEL, BODY, output="s3://bucket/films"),
        reply({"invocationArn": ARN}),
    )

    assert len(done.told.body["clientRequestToken"]) == 32


@pytest.mark.parametrize(
    ("body", "options", "message"),
    [
        (BODY, {}, "output is required"),
        (BODY, {"output": "s3://b", "bucket": "b"}, "unknown options: bucket"),
        (b'{"a":1},"modelId":"x"', {"output": "s3://b"}, "the body must be one JSON object"),
        (b"[1]", {"output": "s3://b"}, "the body must be one JSON object"),
        ("text", {"output": "s3://b"}, "the body is a str"),
    ],
)
@each_client
def test_nothing_wrong_is_sent(act: Act, body: Any, options: Any, message: str) -> None:
    with pytest.raises(BadRequestError, match=message):
        act(lambda client: client.async_invokes.start(REEL, body, **options))


@each_client
def test_get(act: Act) -> None:
    done = act(lambda client: client.async_invokes.get(ARN), reply(ROW))

    found: AsyncInvoke = done.value
    assert (found.status, found.failure_message) == ("Failed", "no such bucket")
    assert found.submit_time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert done.told == told_by_botocore("bedrock-runtime", "get_async_invoke", invocationArn=ARN)


@each_client
def test_list(act: Act) -> None:
    done = act(
        lambda client: client.async_invokes.list(
            status="Failed",
            submitted_after=datetime(2026, 1, 1, tzinfo=UTC),
            submitted_before=datetime(2026, 2, 1, tzinfo=UTC),
            ascending=True,
            limit=2,
        ),
        reply({"asyncInvokeSummaries": [ROW]}),
    )

    assert [each.invocation_arn for each in done.value] == [ARN]
    assert done.told == told_by_botocore(
        "bedrock-runtime",
        "list_async_invokes",
        statusEquals="Failed",
        submitTimeAfter=datetime(2026, 1, 1, tzinfo=UTC),
        submitTimeBefore=datetime(2026, 2, 1, tzinfo=UTC),
        sortOrder="Ascending",
        maxResults=2,
    )


@each_client
def test_nothing_listed(act: Act) -> None:
    assert act(lambda client: client.async_invokes.list(), reply({})).value == ()
