"""The parts of a message."""

from typing import Any

import pytest

from outcrop.types.content import (
    S3,
    Audio,
    Block,
    CachePoint,
    Document,
    Image,
    Inline,
    Text,
    Url,
)
from outcrop.types.json import Extra
from tests.codecs.openai_chat.asking import PNG, ask, blocks, refusal

AUDIO_FORMATS = "mp3, opus, wav, aac, flac, mp4, ogg, mkv, mka, x-aac, m4a, mpeg, mpga, pcm, webm"
PNG_BYTES = b"\x89PNG\r\n\x1a\n"


def image(url: str, **members: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **members}}


@pytest.mark.parametrize(
    ("part", "block"),
    [
        ({"type": "text", "text": "a"}, Text(text="a")),
        ({"type": "refusal", "refusal": "No."}, Text(text="No.")),
        (
            image(f"data:image/png;base64,{PNG}"),
            Image(format="png", source=Inline(PNG_BYTES)),
        ),
        (
            {"type": "image_url", "image_url": "https://a.example/a.gif"},
            Image(format="gif", source=Url("https://a.example/a.gif")),
        ),
        (image("s3://bucket/a.jpg"), Image(format="jpeg", source=S3(uri="s3://bucket/a.jpg"))),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            Audio(format="wav", source=Inline(b"\0\0\0")),
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0x", "filename": "a.pdf"}},
            Document(name="a.pdf", format="pdf", source=Inline(b"%PDF-1")),
        ),
        (
            {"type": "file", "file": {"file_data": "s3://bucket/a.csv"}},
            Document(name="", format="csv", source=S3(uri="s3://bucket/a.csv")),
        ),
    ],
    ids=["text", "refusal", "data", "address", "bucket", "sound", "file", "stored-file"],
)
def test_read(part: dict[str, Any], block: Block) -> None:
    """Every kind of part has its block (OAI-01)."""
    assert blocks(part) == (block,)


def test_order() -> None:
    """Parts stay in the order in which they were given."""
    kinds = [
        type(block).__name__
        for block in blocks(
            {"type": "text", "text": "a"},
            image("https://a.example/a"),
            {"type": "text", "text": "b"},
        )
    ]

    assert kinds == ["Text", "Image", "Text"]


class TestMarks:
    @pytest.mark.parametrize(
        ("mark", "point"),
        [
            ({"cache_control": {"type": "ephemeral"}}, CachePoint()),
            ({"cache_control": {"type": "ephemeral", "ttl": "1h"}}, CachePoint(ttl="1h")),
            ({"prompt_cache_breakpoint": {"mode": "explicit"}}, CachePoint()),
            ({"prompt_cache_breakpoint": {"mode": "explicit", "ttl": "30m"}}, CachePoint(ttl="1h")),
        ],
    )
    def test_point_follows_the_part(self, mark: dict[str, Any], point: CachePoint) -> None:
        """Without it the full price is paid (CACHE-01)."""
        said = blocks({"type": "text", "text": "a", **mark}, {"type": "text", "text": "b"})

        assert said == (Text(text="a"), point, Text(text="b"))

    def test_longest_breakpoint(self) -> None:
        """OpenAI's 12 hours are more than there is, and this is said."""
        mark = {"mode": "explicit", "ttl": "12h"}
        part = {"type": "text", "text": "a", "prompt_cache_breakpoint": mark}

        asked = ask({"role": "user", "content": [part]})

        assert asked.request.messages[0].content[1] == CachePoint(ttl="1h")
        assert [change.rule for change in asked.adjustments] == ["cache_ttl"]

    @pytest.mark.parametrize(
        ("mark", "text", "param"),
        [
            (
                {"cache_control": {"type": "eternal"}},
                "unsupported cache_control type: eternal",
                "cache_control.type",
            ),
            (
                {"cache_control": {"type": "ephemeral", "ttl": "2h"}},
                "unsupported cache_control ttl: 2h; give 5m or 1h",
                "cache_control.ttl",
            ),
            (
                {"prompt_cache_breakpoint": {"ttl": "2h"}},
                "unsupported prompt_cache_breakpoint ttl: 2h",
                "prompt_cache_breakpoint.ttl",
            ),
        ],
    )
    def test_refusals(self, mark: dict[str, Any], text: str, param: str) -> None:
        """A mark that cannot be honoured is not ignored in silence."""
        part = {"type": "text", "text": "a", **mark}

        assert refusal({"role": "user", "content": [part]}) == (
            text,
            f"messages[0].content[0].{param}",
        )


def test_detail_is_ignored_and_said() -> None:
    """Bedrock chooses the detail itself."""
    asked = ask({"role": "user", "content": [image("https://a.example/a.png", detail="low")]})
    usual = ask({"role": "user", "content": [image("https://a.example/a.png", detail="auto")]})

    assert [change.rule for change in asked.adjustments] == ["ignored_parameter"]
    assert usual.adjustments == ()


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "a"},
        {"type": "refusal", "refusal": "a"},
        image("https://a.example/a.png"),
        {"type": "image_url", "image_url": "https://a.example/a.png"},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
        {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}},
    ],
    ids=["text", "refusal", "image", "address", "sound", "file"],
)
def test_unknown_member_travels_with_its_part(part: dict[str, Any]) -> None:
    """Whatever the part is."""
    (block,) = blocks({**part, "new": 1})

    extra = getattr(block, "extra", None)
    assert isinstance(extra, Extra)
    assert {name: bytes(raw) for name, raw in extra.members.items()} == {"new": b"1"}


@pytest.mark.parametrize(
    ("part", "text", "param"),
    [
        ({"type": "video_url"}, "unsupported content part type: video_url", ".type"),
        ({"type": "text"}, "messages[0].content[1].text is required", ".text"),
        ({"type": "refusal"}, "messages[0].content[1].refusal is required", ".refusal"),
        ({"type": "image_url"}, "messages[0].content[1].image_url is required", ".image_url"),
        ({"type": "input_audio"}, "messages[0].content[1].input_audio is required", ".input_audio"),
        ({"type": "file"}, "messages[0].content[1].file is required", ".file"),
        (
            {"type": "file", "file": {"filename": "a"}},
            "messages[0].content[1].file.file_data is required",
            ".file.file_data",
        ),
        (
            {"type": "file", "file": {"file_id": "file-1"}},
            "uploaded files are not kept here: send file_data",
            ".file.file_id",
        ),
        ({}, "messages[0].content[1].type is required", ".type"),
        (
            image("https://a.example/a.png", detail=1),
            "messages[0].content[1].image_url.detail is invalid: expected `str | null`, got `int`",
            ".image_url.detail",
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "midi"}},
            f"unsupported audio format: give one of {AUDIO_FORMATS}",
            ".input_audio.data",
        ),
    ],
)
def test_refusals(part: dict[str, Any], text: str, param: str) -> None:
    """An image-only turn that vanishes is the trap; every refusal has its path (MSG-05)."""
    message = {"role": "user", "content": [{"type": "text", "text": "a"}, part]}

    assert refusal(message) == (text, f"messages[0].content[1]{param}")
