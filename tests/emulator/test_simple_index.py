"""Where there is no pip, the weights still come from the index that the user chose."""

from pathlib import Path

import pytest

from outcrop.emulator.simple_index import Index, Wanted, fetch, indexes
from outcrop.errors import ConfigError
from tests.emulator.loopback_index import Page, loopback_index

WANTED = Wanted(project="a-thing", filename="a_thing-1.0-py3-none-any.whl")
HTML = Page(
    b"""<!DOCTYPE html><html><body>
    <a href="../../files/a_thing-0.9-py3-none-any.whl#sha256=00">a_thing-0.9-py3-none-any.whl</a>
    <a href="../../files/a_thing-1.0-py3-none-any.whl#sha256=11">a_thing-1.0-py3-none-any.whl</a>
    </body></html>""",
    "text/html",
)
JSON = Page(
    b"""{"meta": {"api-version": "1.1"}, "name": "a-thing", "files": [
    {"filename": "a_thing-1.0-py3-none-any.whl", "hashes": {},
     "url": "/files/a_thing-1.0-py3-none-any.whl"}]}""",
    "application/vnd.pypi.simple.v1+json",
)
FILE = Page(b"the wheel")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({}, [Index("https://pypi.org/simple/")], id="nothing-set"),
        pytest.param(
            {
                "PIP_INDEX_URL": "https://pip.example/simple",
                "UV_INDEX_URL": "https://old.example/simple",
                "UV_DEFAULT_INDEX": "https://uv.example/simple/",
            },
            [Index("https://uv.example/simple/")],
            id="uv-before-pip",
        ),
        pytest.param(
            {
                "PIP_INDEX_URL": "https://pip.example/simple",
                "PIP_EXTRA_INDEX_URL": "https://b.example/x https://pip.example/simple/",
                "UV_INDEX": "mine=https://a.example/x",
            },
            [
                Index("https://pip.example/simple/"),
                Index("https://a.example/x/"),
                Index("https://b.example/x/"),
            ],
            id="more-indexes-once-each",
        ),
        pytest.param(
            {"PIP_INDEX_URL": "https://me:p%40ss@pip.example/simple"},
            [Index("https://pip.example/simple/", "Basic bWU6cEBzcw==")],
            id="credentials",
        ),
    ],
)
def test_indexes(environ: dict[str, str], expected: list[Index]) -> None:
    assert list(indexes(environ)) == expected


def test_a_secret_is_not_shown() -> None:
    """An index is often printed, its password never."""
    (index,) = indexes({"PIP_INDEX_URL": "https://me:hidden@pip.example/simple"})

    assert repr(index) == "Index('https://pip.example/simple/')"


@pytest.mark.parametrize("page", [pytest.param(HTML, id="html"), pytest.param(JSON, id="json")])
def test_fetch_reads_both_forms_of_page(page: Page, tmp_path: Path) -> None:
    """PEP 503 pages and PEP 691 pages list the same file."""
    said: list[str] = []
    pages = {"/simple/a-thing/": page, "/files/a_thing-1.0-py3-none-any.whl": FILE}

    with loopback_index(pages) as index:
        environ = {"UV_DEFAULT_INDEX": f"{index.url}/simple"}
        path = fetch(WANTED, tmp_path, environ=environ, report=said.append)

    assert path == tmp_path / "a_thing-1.0-py3-none-any.whl"
    assert path.read_bytes() == b"the wheel"
    assert said == ["fetching a_thing-1.0-py3-none-any.whl from 127.0.0.1"]


def test_credentials_stay_with_their_index(tmp_path: Path) -> None:
    """They go with the page and its own files, not where the index sends us."""
    with loopback_index({"/elsewhere.whl": FILE}) as other:
        moved = Page(status=302, location=f"{other.url}/elsewhere.whl")
        pages = {"/simple/a-thing/": HTML, "/files/a_thing-1.0-py3-none-any.whl": moved}
        with loopback_index(pages) as index:
            url = index.url.replace("://", "://me:secret@")
            fetch(WANTED, tmp_path, environ={"PIP_INDEX_URL": f"{url}/simple"}, report=print)

    assert index.asked == [
        ("/simple/a-thing/", "Basic bWU6c2VjcmV0"),
        ("/files/a_thing-1.0-py3-none-any.whl", "Basic bWU6c2VjcmV0"),
    ]
    assert other.asked == [("/elsewhere.whl", None)]


def test_the_next_index_is_asked(tmp_path: Path) -> None:
    """A private index need not mirror everything."""
    pages = {"/full/a-thing/": JSON, "/files/a_thing-1.0-py3-none-any.whl": FILE}

    with loopback_index(pages) as index:
        environ = {
            "PIP_INDEX_URL": f"{index.url}/empty",
            "PIP_EXTRA_INDEX_URL": f"{index.url}/full",
        }
        path = fetch(WANTED, tmp_path, environ=environ, report=print)

    assert path.read_bytes() == b"the wheel"


def test_failure_says_what_each_index_said(tmp_path: Path) -> None:
    """One line shows which index was asked and what is wrong with it, and no password."""
    outside = Page(b'<a href="file:///etc/a_thing-1.0-py3-none-any.whl">x</a>', "text/html")
    pages = {
        "/other/a-thing/": Page(b'<a href="a_thing-2.0.tar.gz">x</a>', "text/html"),
        "/broken/a-thing/": Page(b"{", "application/vnd.pypi.simple.v1+json"),
        "/outside/a-thing/": outside,
    }

    with loopback_index(pages) as index:
        names = ("absent", "other", "broken", "outside")
        first, *more = (f"{index.url}/{name}" for name in names)
        environ = {
            "PIP_INDEX_URL": first.replace("://", "://me:secret@"),
            "PIP_EXTRA_INDEX_URL": " ".join(more),
        }
        with pytest.raises(ConfigError) as caught:
            fetch(WANTED, tmp_path, environ=environ, report=print)

    assert caught.value.message.replace(index.url, "") == (
        "cannot fetch a_thing-1.0-py3-none-any.whl: "
        "/absent/ answers 404; "
        "/other/ does not list a_thing-1.0-py3-none-any.whl; "
        "/broken/ Input data was truncated; "
        "/outside/ is not fetched over HTTP: file:///etc/a_thing-1.0-py3-none-any.whl"
    )
    assert "PIP_INDEX_URL" in caught.value.hint


def test_certificates_that_cannot_be_read(tmp_path: Path) -> None:
    """A mistyped variable is named, instead of a handshake failing far from its cause."""
    environ = {"REQUESTS_CA_BUNDLE": str(tmp_path / "absent.pem")}

    with pytest.raises(ConfigError, match=r"REQUESTS_CA_BUNDLE names .*absent\.pem"):
        fetch(WANTED, tmp_path, environ=environ, report=print)
