"""Which format a picture, a sound or a file is of."""

import base64

import pytest

from outcrop.errors import BadRequestError
from outcrop.protocols.media import decode_base64, read_audio, read_file, read_image
from outcrop.types.content import S3, Audio, Document, Image, Inline, Url, Video

PNG = b"\x89PNG\r\n\x1a\n...."
JPEG = b"\xff\xd8\xff\xe0...."
GIF = b"GIF89a...."
WEBP = b"RIFF\0\0\0\0WEBPVP8 "
PDF = b"%PDF-1.7 ..."
DOCUMENTS = "pdf, csv, doc, docx, xls, xlsx, html, txt, md"
DOCX = b"PK\x03\x04...."


def data_url(mime: str, data: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


class TestImages:
    @pytest.mark.parametrize(
        ("mime", "data", "form"),
        [
            ("image/png", PNG, "png"),
            ("image/jpeg", PNG, "png"),
            ("image/png", JPEG, "jpeg"),
            ("image/jpg", b"????", "jpeg"),
            ("IMAGE/GIF", GIF, "gif"),
            ("application/octet-stream", WEBP, "webp"),
            ("", GIF, "gif"),
            ("image/png", PDF, "png"),
        ],
    )
    def test_first_bytes_then_mime(self, mime: str, data: bytes, form: str) -> None:
        """Clients mislabel pictures, and Bedrock refuses those (IMG-01)."""
        assert read_image(data_url(mime, data), "", "p") == Image(format=form, source=Inline(data))

    @pytest.mark.parametrize(
        ("url", "stated", "form"),
        [
            ("https://a.example/x.JPG?width=3#top", "", "jpeg"),
            ("https://a.example/x", "image/webp", "webp"),
            ("https://a.example/x", "", ""),
        ],
    )
    def test_web_address(self, url: str, stated: str, form: str) -> None:
        """Its format is told when it is fetched; until then by its name, if at all."""
        assert read_image(url, stated, "p") == Image(format=form, source=Url(url))

    def test_bucket(self) -> None:
        """AWS reads it, so nobody here sees its first bytes."""
        assert read_image("s3://b/x", "png", "p") == Image(format="png", source=S3(uri="s3://b/x"))

    def test_bare_base64(self) -> None:
        """OpenAI documents it beside the data URL; only the first bytes can say what it is."""
        assert read_image(base64.b64encode(PNG).decode(), "", "p").format == "png"

    @pytest.mark.parametrize(
        ("url", "text"),
        [
            (
                data_url("image/tiff", b"II*\0"),
                "unsupported image format: give png, jpeg, gif or webp",
            ),
            ("s3://b/x", "unsupported image format: give png, jpeg, gif or webp"),
            (
                "http://a.example/x.png",
                "unsupported address: give a data URL, an https URL or s3://",
            ),
            (
                "ftp://a.example/x.png",
                "unsupported address: give a data URL, an https URL or s3://",
            ),
            ("data:image/png;base64", "the data URL has no comma before its data"),
            ("data:image/png;base64,????", "the data is not valid base64"),
            ("photo.png", "the data is not valid base64"),
        ],
    )
    def test_refusals(self, url: str, text: str) -> None:
        """What cannot be read is refused here, not by AWS a second later."""
        with pytest.raises(BadRequestError) as raised:
            read_image(url, "", "place")

        assert (raised.value.message, raised.value.param) == (text, "place")


class TestAudio:
    @pytest.mark.parametrize(
        ("data", "stated", "form"),
        [
            ("AAAA", "mp3", "mp3"),
            (data_url("audio/x-wav", b"RIFF"), "", "wav"),
            (data_url("audio/mpeg", b"ID3"), "mp3", "mpeg"),
            ("https://a.example/x.flac", "", "flac"),
        ],
    )
    def test_read(self, data: str, stated: str, form: str) -> None:
        """By MIME type, then as stated, then by name (DOC-04)."""
        assert read_audio(data, stated, "p").format == form


class TestFiles:
    @pytest.mark.parametrize(
        ("mime", "name", "data", "form"),
        [
            ("application/pdf", "", PDF, "pdf"),
            ("application/octet-stream", "a.DOCX", DOCX, "docx"),
            (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "",
                DOCX,
                "xlsx",
            ),
            ("text/csv", "a.txt", b"a;b", "csv"),
            ("", "notes.markdown", b"# a", "md"),
            ("", "", PDF, "pdf"),
            ("application/json", "a.json", b"{}", "txt"),
            ("", "a.py", "é".encode(), "txt"),
        ],
    )
    def test_documents(self, mime: str, name: str, data: bytes, form: str) -> None:
        """By MIME type, then name, then first bytes; any other text is text (DOC-01)."""
        read = read_file(data_url(mime, data), name, "", "p")

        assert read == Document(name=name, format=form, source=Inline(data))

    @pytest.mark.parametrize(
        ("mime", "data", "read"),
        [
            ("image/png", PNG, Image(format="png", source=Inline(PNG))),
            ("audio/mp3", b"ID3", Audio(format="mp3", source=Inline(b"ID3"))),
            ("video/quicktime", b"mov", Video(format="mov", source=Inline(b"mov"))),
        ],
    )
    def test_other_media(self, mime: str, data: bytes, read: Image | Audio | Video) -> None:
        """Some clients send every attachment as a file; its MIME type tells."""
        assert read_file(data_url(mime, data), "a", "", "p") == read

    def test_plain_data_url(self) -> None:
        """Data URLs need not be base64."""
        read = read_file("data:text/plain,a%20b", "", "", "p")

        assert read == Document(name="", format="txt", source=Inline(b"a b"))

    def test_web_address(self) -> None:
        """A file on the web is fetched further up."""
        read = read_file("https://a.example/x", "x", "", "p")

        assert read == Document(name="x", format="", source=Url("https://a.example/x"))

    @pytest.mark.parametrize(
        ("mime", "data", "text"),
        [
            ("", DOCX, f"unknown file format: name the file so that it ends in one of {DOCUMENTS}"),
            ("", b"\0\1", "unknown file format"),
            ("", b"\xff\xfe", "unknown file format"),
            ("video/ogg", b"Ogg", "unsupported video format"),
            ("audio/midi", b"MThd", "unsupported audio format"),
        ],
    )
    def test_refusals(self, mime: str, data: bytes, text: str) -> None:
        """Unknown binary data is not guessed at."""
        with pytest.raises(BadRequestError) as raised:
            read_file(data_url(mime, data), "", "", "p")

        assert raised.value.message.startswith(text)


class TestBase64:
    def test_broken_lines(self) -> None:
        """Some encoders break lines."""
        assert decode_base64("YW\r\nJj", "p") == b"abc"

    @pytest.mark.parametrize("text", ["YW", "Y=", "YW-_", "é"])
    def test_wrong(self, text: str) -> None:
        """Guessing at damaged data would send a damaged picture."""
        with pytest.raises(BadRequestError):
            decode_base64(text, "p")
