"""Shapes of jobs know every member of AWS's service models, and lose none that they lack.

A member or a word that a new botocore brings fails here first.
"""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcrop.codecs.jobs.async_invokes import (
    AsyncInvoke,
    AsyncInvokePage,
    AsyncInvokeRequest,
    AsyncInvokeStarted,
)
from outcrop.codecs.jobs.batches import BatchCreated, BatchJob, BatchPage, BatchRequest
from outcrop.protocols.lossless import encode
from outcrop.protocols.shape import Shape, reader_of
from tests.codecs.contract import NEW, documents, enums_of, hold, objects_in, service

SHAPES: dict[tuple[str, str], type[Shape]] = {
    ("bedrock", "CreateModelInvocationJobRequest"): BatchRequest,
    ("bedrock", "CreateModelInvocationJobResponse"): BatchCreated,
    ("bedrock", "GetModelInvocationJobResponse"): BatchJob,
    ("bedrock", "ListModelInvocationJobsResponse"): BatchPage,
    ("bedrock-runtime", "StartAsyncInvokeRequest"): AsyncInvokeRequest,
    ("bedrock-runtime", "StartAsyncInvokeResponse"): AsyncInvokeStarted,
    ("bedrock-runtime", "GetAsyncInvokeResponse"): AsyncInvoke,
    ("bedrock-runtime", "ListAsyncInvokesResponse"): AsyncInvokePage,
}
WORDS = {
    "AsyncInvokeStatus": {"InProgress", "Completed", "Failed"},
    "ModelInvocationJobStatus": {
        "Submitted",
        "InProgress",
        "Completed",
        "Failed",
        "Stopping",
        "Stopped",
        "PartiallyCompleted",
        "Expired",
        "Validating",
        "Scheduled",
    },
    "ModelInvocationType": {"InvokeModel", "Converse"},
    "S3InputFormat": {"JSONL"},
}
each_shape = pytest.mark.parametrize(("room", "name"), SHAPES)


@each_shape
def test_every_member_is_known(room: str, name: str) -> None:
    hold(service(room).shape_for(name), SHAPES[room, name], name)


def test_every_word_is_known() -> None:
    """The docstrings list what AWS may say: a new word belongs there."""
    found: dict[str, set[str]] = {}
    for room, name in SHAPES:
        found |= enums_of(service(room).shape_for(name))

    assert found == WORDS


@each_shape
@given(data=st.data())
@settings(max_examples=25)
def test_nothing_is_lost(room: str, name: str, data: st.DataObject) -> None:
    """Whatever AWS's model allows comes back, and all of it in typed members."""
    document = data.draw(documents(service(room).shape_for(name)))

    value = reader_of(SHAPES[room, name])(msgspec.json.encode(document))

    assert msgspec.json.decode(encode(value)) == document
    assert value == msgspec.json.decode(msgspec.json.encode(document), type=SHAPES[room, name])


@each_shape
@given(data=st.data())
@settings(max_examples=25)
def test_what_is_new_is_kept(room: str, name: str, data: st.DataObject) -> None:
    """A member that AWS adds tomorrow, at any level, passes through unchanged."""
    document = data.draw(documents(service(room).shape_for(name)))
    data.draw(st.sampled_from(objects_in(document)))[NEW] = {"a": [1]}

    value = reader_of(SHAPES[room, name])(msgspec.json.encode(document))

    assert msgspec.json.decode(encode(value)) == document
