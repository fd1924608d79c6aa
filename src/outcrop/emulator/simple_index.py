"""Fetches one file from a package index, for where there is no pip to do it.

Place in the house: emulator. Knows the index protocol and nothing of what is fetched. It is not the
HTTP client of this package, because that one follows no redirect and asks no environment for a
proxy, and an index may need both.

    path = fetch(wanted, folder, environ=os.environ, report=print)

Which index and which certificates: the variables of uv and pip; proxies: the usual ones. Their
configuration files are not read; whoever needs those has pip or uv. What comes is not trusted: the
caller compares its hash.

Source: PEP 503 and PEP 691, simple repository API; uv and pip documentation, environment variables.
"""

import base64
import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from http.client import HTTPException  # noqa: TID251 - what reading a reply may raise
from pathlib import Path
from typing import IO, Final, TypeAlias, cast
from urllib.error import URLError
from urllib.parse import SplitResult, unquote, urldefrag, urljoin, urlsplit, urlunsplit
from urllib.request import (  # noqa: TID251 - redirects and proxies, see above
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
)
from urllib.response import addinfourl

import msgspec

from outcrop.errors import ConfigError

PUBLIC_INDEX: Final = "https://pypi.org/simple"
"""Asked when no variable names another."""

PRIMARY: Final = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")
"""Each stands for the whole index; the first that is set counts."""
ADDITIONAL: Final = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_EXTRA_INDEX_URL")
"""Each lists further indexes, separated by blanks; all count."""
CERTIFICATES: Final = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
"""Each names a file or a folder of authorities to trust besides the system's own."""

ACCEPT: Final = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
SILENCE_S: Final = 60.0
"""Longest silence of an index before it counts as failed."""
CHUNK: Final = 1 << 20
PROGRESS: Final = 20_000_000
"""Bytes between two lines of progress."""

Report: TypeAlias = Callable[[str], object]
_FAILURES: Final = (OSError, HTTPException, ValueError)
"""What an index may do to us: connection, certificate, HTTP, an address or a list without sense."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The file asked for."""

    project: str
    """Normalised name, as it stands in an index's addresses."""
    filename: str


class Index(msgspec.Struct, frozen=True):
    """Where to ask. Its secret is kept apart from its address, so that it never reaches a text."""

    url: str
    """Without credentials, with a slash at the end."""
    authorization: str = ""
    """The header's value; empty for none."""

    def __repr__(self) -> str:
        """Return the address alone."""
        return f"Index({self.url!r})"


def indexes(environ: Mapping[str, str]) -> tuple[Index, ...]:
    """Return whom to ask, in order: the index that `environ` names or the public one, then more."""
    primary = next((environ[name] for name in PRIMARY if environ.get(name)), PUBLIC_INDEX)
    more = (url for name in ADDITIONAL for url in environ.get(name, "").split())
    return tuple(dict.fromkeys(_index(url) for url in (primary, *more)))


def fetch(wanted: Wanted, folder: Path, *, environ: Mapping[str, str], report: Report) -> Path:
    """Fetch a file into `folder` from the first index that has it; return its path.

    Raises:
        ConfigError: No index gave it; says what each of them said.
    """
    opener = _opener(environ)
    said = []
    for index in indexes(environ):
        try:
            return _fetch(opener, index, wanted, folder, report)
        except _FAILURES as error:
            said.append(f"{index.url} {_reason(error)}")
    raise ConfigError(
        f"cannot fetch {wanted.filename}: {'; '.join(said)}",
        hint="Name an index that has it in PIP_INDEX_URL, check the network, its proxy "
        "(HTTPS_PROXY) and its certificates (SSL_CERT_FILE), or install pip",
    )


def _fetch(
    opener: OpenerDirector,
    index: Index,
    wanted: Wanted,
    folder: Path,
    report: Report,
) -> Path:
    page = urljoin(index.url, f"{wanted.project}/")
    with _open(opener, index, page) as reply:
        links = _links(reply.read(), reply.headers.get_content_type(), reply.url)
    url = next((link for name, link in links if name == wanted.filename), "")
    if not url:
        raise FileNotFoundError(f"does not list {wanted.filename}")
    report(f"fetching {wanted.filename} from {urlsplit(url).hostname}")
    path = folder / wanted.filename
    with _open(opener, index, url) as reply, path.open("wb") as file:
        _copy(reply, file, report)
    return path


def _copy(reply: IO[bytes], file: IO[bytes], report: Report) -> None:
    done = 0
    while chunk := reply.read(CHUNK):
        file.write(chunk)
        done += len(chunk)
        if done // PROGRESS > (done - len(chunk)) // PROGRESS:
            report(f"{done // 1_000_000} MB so far")


def _open(opener: OpenerDirector, index: Index, url: str) -> addinfourl:
    if urlsplit(url).scheme not in {"http", "https"}:
        raise ValueError(f"is not fetched over HTTP: {url}")
    request = Request(url, headers={"Accept": ACCEPT})  # noqa: S310 - checked above
    if index.authorization and _origin(url) == _origin(index.url):
        # Unredirected: the secret is the index's, and never for whom it sends us to.
        request.add_unredirected_header("Authorization", index.authorization)
    return cast("addinfourl", opener.open(request, timeout=SILENCE_S))


def _opener(environ: Mapping[str, str]) -> OpenerDirector:
    context = ssl.create_default_context()
    for name in CERTIFICATES:
        if place := environ.get(name):
            _trust(context, name, Path(place))
    return build_opener(HTTPSHandler(context=context))


def _trust(context: ssl.SSLContext, name: str, place: Path) -> None:
    kind = "capath" if place.is_dir() else "cafile"
    try:
        context.load_verify_locations(**{kind: str(place)})
    except OSError as error:
        raise ConfigError(
            f"{name} names {place}, and that cannot be read as certificates: {_reason(error)}",
            hint="Name a file with certificates in PEM form, or unset it",
        ) from error


def _index(given: str) -> Index:
    # uv allows "name=url".
    name, equals, rest = given.partition("=")
    parts = urlsplit(rest if equals and "/" not in name else given)
    url = urlunsplit(parts._replace(netloc=_host(parts), fragment="")).rstrip("/") + "/"
    if parts.username is None:
        return Index(url)
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Index(url, "Basic " + base64.b64encode(secret).decode())


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _links(body: bytes, content_type: str, url: str) -> Iterator[tuple[str, str]]:
    """Yield each file of a project page: its name and where it is."""
    if content_type.endswith("json"):
        page = msgspec.json.decode(body, type=_Page)
        hrefs = [file.url for file in page.files]
        base = url
    else:
        anchors = _Anchors()
        anchors.feed(body.decode("utf-8", "replace"))
        hrefs = anchors.hrefs
        base = urljoin(url, anchors.base)
    for href in hrefs:
        link = urldefrag(urljoin(base, href)).url
        yield unquote(urlsplit(link).path.rpartition("/")[2]), link


class _File(msgspec.Struct, frozen=True):
    url: str


class _Page(msgspec.Struct, frozen=True):
    files: tuple[_File, ...]


class _Anchors(HTMLParser):
    """Where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.base = ""
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a link leads, or where all links start from."""
        href = dict(attrs).get("href") or ""
        if tag == "a":
            self.hrefs.append(href)
        elif tag == "base":
            self.base = href


def _reason(error: Exception) -> str:
    with contextlib.suppress(AttributeError):
        return f"answers {error.code}"  # type: ignore[attr-defined]
    inner = error.reason if isinstance(error, URLError) else error
    return str(inner) or type(inner).__name__
