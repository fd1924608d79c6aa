"""OpenAI's own SDK as a judge: what it makes of the bytes that we write.

Place in the house: tests only. No network: a transport that answers with the bytes given.
"""

from typing import Any

import httpx2
import msgspec
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

_URL = "http://gateway.test/v1"


def client_of(status: int, content_type: str, body: bytes) -> OpenAI:
    """Return a client whose every request is answered with `body`."""

    def answer(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"content-type": content_type}, content=body)

    transport = httpx2.MockTransport(answer)
    return OpenAI(
        api_key="none",
        base_url=_URL,
        max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )


def read_whole(body: bytes) -> dict[str, Any]:
    """Return the completion, checked member by member, as JSON values."""
    checked = ChatCompletion.model_validate_json(body, strict=True)
    dumped: dict[str, Any] = checked.model_dump(mode="json", exclude_unset=True)
    return dumped


def fold(body: bytes) -> dict[str, Any]:
    """Return what the SDK's stream helper makes of a stream, as JSON values."""
    with client_of(200, "text/event-stream", body) as client:
        manager = client.chat.completions.stream(model="m", messages=[])
        with manager as stream:
            # `get_final_completion` would raise where the answer was cut by a limit or a filter.
            completion = stream.until_done().current_completion_snapshot
    dumped: dict[str, Any] = completion.model_dump(mode="json", exclude_unset=True)
    return dumped


def chunks_of(body: bytes) -> list[dict[str, Any]]:
    """Return the chunks of a stream, each checked member by member, as JSON values."""
    *chunks, last, empty = body.split(b"\n\n")
    assert (last, empty) == (b"data: [DONE]", b"")
    data = [chunk.removeprefix(b"data: ") for chunk in chunks]
    for chunk in data:
        ChatCompletionChunk.model_validate_json(chunk, strict=True)
    return [msgspec.json.decode(chunk) for chunk in data]
