"""Pictures and documents from wherever a caller has them."""

import asyncio
from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest

from outcrop.client import AsyncClient, Client
from outcrop.client.ask import user
from outcrop.client.attaching import MediaInput, document, image
from outcrop.errors import BadRequestError, UnsupportedError
from outcrop.http import HttpResponse
from outcrop.transport.replay import AsyncReplay, Replay
from outcrop.types.content import S3, Document, Image, Inline, Url
from outcrop.types.responses import Response

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0" + bytes(40)
PDF = b"%PDF-1.7\n" + bytes(40)
OPTIONS: Any = {"region": "us-east-1", "api_key": "k", "environ": {}, "max_retries": 0}
NOVA = "us.amazon.nova-lite-v1:0"
REPLY = HttpResponse(
    status=200,
    body=b'{"output":{"message":{"role":"assistant","content":[{"text":"ok"}]}},'
    b'"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}',
)


@pytest.mark.parametrize(
    ("source", "form", "data"),
    [
        (PNG, "png", PNG),
        (bytearray(PNG), "png", PNG),
        (memoryview(JPEG), "jpeg", JPEG),
        (b64encode(PNG).decode(), "png", PNG),
        ("data:image/jpg;base64," + b64encode(b"??").decode(), "jpeg", b"??"),
        # What it says it is, is often wrong (IMG-01).
        ("data:image/jpeg;base64," + b64encode(PNG).decode(), "png", PNG),
    ],
)
def test_image(source: MediaInput, form: str, data: bytes) -> None:
    assert image(source) == Image(format=form, source=Inline(data))


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize(
    ("name", "data", "form"),
    [("a.png", PNG, "png"), ("a.jpg", PNG, "png"), ("a.JPG", b"?", "jpeg"), ("a", JPEG, "jpeg")],
)
def test_image_file(kind: Any, name: str, data: bytes, form: str, tmp_path: Path) -> None:
    """First bytes, then the name."""
    (tmp_path / name).write_bytes(data)

    read = image(kind(tmp_path / name))

    assert read == Image(format=form, source=Inline(data))


def test_addresses() -> None:
    """AWS reads a bucket itself; nothing is opened here."""
    assert image("s3://b/a.webp") == Image(format="webp", source=S3(uri="s3://b/a.webp"))
    assert image("https://a.example/x.gif?y=1").source == Url("https://a.example/x.gif?y=1")
    assert document("s3://b/in/my%20plan.docx") == Document(
        name="my plan", format="docx", source=S3(uri="s3://b/in/my%20plan.docx")
    )
    assert document("https://a.example/r.pdf?sig=1") == Document(
        name="r", format="pdf", source=Url("https://a.example/r.pdf?sig=1")
    )


@pytest.mark.parametrize(
    ("source", "name", "form"),
    [
        (PDF, None, "pdf"),
        (b"a;b", "t.csv", "csv"),
        (b"words", None, "txt"),
        (b64encode(PDF).decode(), None, "pdf"),
        ("data:text/markdown,x", "a.txt", "md"),
    ],
)
def test_document(source: MediaInput, name: str | None, form: str) -> None:
    read = document(source, name)

    assert (read.name, read.format) == (name or "", form)


def test_document_file(tmp_path: Path) -> None:
    """It is known by its file's name, without the ending: that is its format."""
    path = tmp_path / "annual report.md"
    path.write_bytes(b"# 2026")

    read = document(path, citations=True, context="ours")

    assert read == Document(
        name="annual report",
        format="md",
        source=Inline(b"# 2026"),
        citations=True,
        context="ours",
    )


ENDS = "ends in one of pdf, csv, doc, docx, xls, xlsx, html, txt, md"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: image(b"?"), "unsupported image format: give png, jpeg, gif or webp"),
        (lambda: document(b"\0"), f"unknown file format: name the file so that it {ENDS}"),
        (lambda: document("s3://b/a"), f"unknown file format: name the file so that it {ENDS}"),
        (
            lambda: image("http://a.example/x.png"),
            "unsupported address: give a data URL, an https URL or s3://",
        ),
        (
            lambda: document("/nowhere/a.pdf"),
            "the file a.pdf cannot be read: No such file or directory",
        ),
        (lambda: document("a\0b"), "the file a\0b cannot be read: it is no path"),
    ],
    ids=["no-picture", "binary", "s3", "http", "missing", "no-path"],
)
def test_refusals(make: Any, message: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        make()

    assert raised.value.message == message
    assert raised.value.hint


def ask(transport: Replay, *said: Any, **options: Any) -> Response:
    with Client(transport=transport, **OPTIONS) as client:
        return client.chat(user(*said), model=NOVA, **options)


def test_sent() -> None:
    """What leaves has the name that the adjustment tells of, and the words that must be there."""
    transport, awaited = Replay(REPLY), AsyncReplay(REPLY)

    async def asked() -> Response:
        async with AsyncClient(transport=awaited, **OPTIONS) as client:
            return await client.chat(user(document(b"1;2", "t.csv")), model=NOVA)

    answers = [ask(transport, document(b"1;2", "t.csv")), asyncio.run(asked())]

    body = msgspec.json.decode(transport.requests[0].body)
    assert body["messages"][0]["content"] == [
        {"document": {"format": "csv", "name": "t-csv", "source": {"bytes": "MTsy"}}},
        {"text": "Please read the attached document."},
    ]
    assert awaited.requests[0].body == transport.requests[0].body
    for answer in answers:
        rules = [change.rule for change in answer.adjustments]
        assert rules == ["document_renamed", "document_introduced"]


def test_neutral_names() -> None:
    """A file's name may say what the model shall not know (DOC-02)."""
    transport = Replay(REPLY)

    ask(transport, "Read", document(b"x", "layoffs"), neutral_names=True)

    body = msgspec.json.decode(transport.requests[0].body)
    assert body["messages"][0]["content"][1]["document"]["name"] == "document-1"


def test_web_address_is_refused() -> None:
    """It would reach AWS as nothing; the address itself may be a secret and is not told."""
    transport = Replay(REPLY)

    with pytest.raises(UnsupportedError) as raised:
        ask(transport, image("https://a.example/x.png?secret"))

    assert transport.requests == []
    assert "Fetch it first" in str(raised.value)
    assert "secret" not in str(raised.value)
