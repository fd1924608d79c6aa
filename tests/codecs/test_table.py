"""Every dialect of the table is there, and keeps the protocol that flows rely on."""

import msgspec
import pytest

from outcrop.codecs.table import dialect
from outcrop.errors import UnsupportedError
from outcrop.types.content import Text
from outcrop.types.messages import Message
from outcrop.types.requests import Request, Sampling

HELLO = Request(
    model="m",
    messages=(Message(role="user", content=(Text(text="Hi"),)),),
    sampling=Sampling(max_tokens=5),
)


@pytest.mark.parametrize("name", ["anthropic", "llama", "openai_chat", "openai_responses"])
def test_dialect(name: str) -> None:
    """A greeting can be said in each, with nothing left out."""
    spoken = dialect(name)

    body = spoken.encode_request(HELLO, stream=False, invoke=True)

    assert b"Hi" in body
    assert msgspec.json.decode(body, type=dict)
    assert spoken.unsupported(HELLO) == ()
    assert spoken.StreamDecoder().close() == ()


def test_unknown() -> None:
    """A dialect that nobody speaks is named."""
    with pytest.raises(UnsupportedError, match="no model can be asked in klingon"):
        dialect("klingon")
