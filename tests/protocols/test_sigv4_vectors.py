"""Every vector of the two public SigV4 suites, in every form it comes in."""

from pathlib import Path

import msgspec
import pytest

from outcrop.http import Headers, HttpRequest, Origin
from outcrop.protocols.sigv4 import Draft, Rules, draft, presign, sign, string_to_sign
from outcrop.types.credentials import KeyPair
from tests.recordings import path, vectors

NOW = 1440938160.0
STAMP = "20150830T123600Z"
SCOPE = "20150830/us-east-1/service/aws4_request"
KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

CLASSIC = "sigv4/aws4_testsuite"
MODERN = "sigv4/aws-signing-test-suite/v4"


class Context(msgspec.Struct):
    """`context.json` of a modern vector."""

    class Keys(msgspec.Struct):
        access_key_id: str
        secret_access_key: str
        token: str = ""

    credentials: Keys
    expiration_in_seconds: int
    normalize: bool
    region: str
    service: str
    sign_body: bool
    timestamp: str
    omit_session_token: bool = False


def _text(file: Path) -> str:
    return file.read_text("utf-8")


def _request(text: str) -> HttpRequest:
    head, _, body = text.partition("\n\n")
    first, *lines = head.replace("\n ", "\0").strip("\n").split("\n")
    method, _, rest = first.partition(" ")
    headers = tuple(_header(line) for line in lines)
    return HttpRequest(
        method=method,
        origin=Origin("https", "example.amazonaws.com", 443),
        target=rest.removesuffix(" HTTP/1.1"),
        headers=tuple(pair for pair in headers if pair[0] != "Host"),
        body=body.removesuffix("\n").encode(),
    )


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.replace("\0", "\n ")


def _rules(request: HttpRequest, **more: bool) -> Rules:
    names = frozenset(name.lower() for name, _ in request.headers)
    return Rules(also_signed=names, **more)


def _plain(headers: Headers) -> list[tuple[str, str]]:
    return sorted((name.lower(), " ".join(value.split())) for name, value in headers)


def _same_request(ours: HttpRequest, theirs: HttpRequest) -> bool:
    same_line = (ours.method, ours.target, ours.body) == (
        theirs.method,
        theirs.target,
        theirs.body,
    )
    return same_line and _plain(ours.headers) == _plain(theirs.headers)


@pytest.mark.parametrize("file", vectors(CLASSIC, "**/*.req"))
class TestClassic:
    """The suite that botocore is tested by."""

    def test_steps(self, file: Path) -> None:
        """A wrong signature is found at the step that made it."""
        request = _request(_text(file))

        plan = _classic_draft(file, request)

        assert plan.canonical_request == _text(file.with_suffix(".creq"))
        assert string_to_sign(plan.canonical_request, STAMP, SCOPE) == _text(
            file.with_suffix(".sts")
        )

    def test_signature(self, file: Path) -> None:
        """The request that goes out is the one of the suite, header by header."""
        request = _request(_text(file))

        signed = sign(
            request,
            credentials=KeyPair(KEY_ID, SECRET, _classic_token(file)),
            region="us-east-1",
            service="service",
            now=NOW,
            rules=_rules(request, token_signed=_token_is_signed(file)),
        )

        assert dict(signed.headers)["authorization"] == _text(file.with_suffix(".authz"))
        assert _same_request(signed, _request(_signed_text(file)))


def _signed_text(file: Path) -> str:
    # One .sreq bears a signature made up of its session token; its own .authz has the right one,
    # which the modern suite confirms.
    text = _text(file.with_suffix(".sreq"))
    if file.stem == "get-vanilla-with-session-token":
        assert _text(file.with_suffix(".authz")) not in text
        text = text.partition("Authorization: ")[0] + (
            f"Authorization: {_text(file.with_suffix('.authz'))}"
        )
    return text


def _classic_token(file: Path) -> str:
    theirs = _request(_text(file.with_suffix(".sreq")))
    return dict(_plain(theirs.headers)).get("x-amz-security-token", "")


def _token_is_signed(file: Path) -> bool:
    return file.stem != "post-sts-header-after"


def _classic_draft(file: Path, request: HttpRequest) -> Draft:
    token = _classic_token(file) if _token_is_signed(file) else ""
    return draft(request, stamp=STAMP, token=token, rules=_rules(request))


@pytest.mark.parametrize("folder", vectors(MODERN))
class TestModern:
    """The suite of the AWS Common Runtime: both forms, normalised and not."""

    def test_header_steps(self, folder: Path) -> None:
        """A wrong signature is found at the step that made it."""
        context, request = _modern(folder)
        token = "" if context.omit_session_token else context.credentials.token

        plan = draft(request, stamp=STAMP, token=token, rules=_modern_rules(context, request))

        assert plan.canonical_request == _text(folder / "header-canonical-request.txt")
        assert string_to_sign(plan.canonical_request, STAMP, SCOPE) == _text(
            folder / "header-string-to-sign.txt"
        )

    def test_header_signature(self, folder: Path) -> None:
        """The request that goes out is the one of the suite, header by header."""
        context, request = _modern(folder)

        signed = sign(
            request,
            credentials=_keys(context),
            region=context.region,
            service=context.service,
            now=NOW,
            rules=_modern_rules(context, request),
        )

        proof = dict(signed.headers)["authorization"]
        assert proof.endswith(f", Signature={_text(folder / 'header-signature.txt')}")
        assert _same_request(signed, _request(_text(folder / "header-signed-request.txt")))

    def test_query_steps(self, folder: Path) -> None:
        """A wrong signature is found at the step that made it."""
        context, request = _modern(folder)
        signed = msgspec.structs.replace(request, target=_signed_part(_presigned(folder), context))

        plan = draft(signed, rules=_modern_rules(context, request))

        assert plan.canonical_request == _text(folder / "query-canonical-request.txt")
        assert string_to_sign(plan.canonical_request, STAMP, SCOPE) == _text(
            folder / "query-string-to-sign.txt"
        )

    def test_query_signature(self, folder: Path) -> None:
        """The URL that goes out is the one of the suite, parameter by parameter."""
        signed = _presigned(folder)

        assert signed.target.endswith(f"&X-Amz-Signature={_text(folder / 'query-signature.txt')}")
        assert _same_request(signed, _request(_text(folder / "query-signed-request.txt")))


def _modern(folder: Path) -> tuple[Context, HttpRequest]:
    context = msgspec.json.decode((folder / "context.json").read_bytes(), type=Context)
    assert context.timestamp == "2015-08-30T12:36:00Z"
    return context, _request(_text(folder / "request.txt"))


def _keys(context: Context) -> KeyPair:
    keys = context.credentials
    return KeyPair(keys.access_key_id, keys.secret_access_key, keys.token)


def _modern_rules(context: Context, request: HttpRequest) -> Rules:
    return _rules(
        request,
        normalise_path=context.normalize,
        body_hash_header=context.sign_body,
        token_signed=not context.omit_session_token,
    )


def _presigned(folder: Path) -> HttpRequest:
    context, request = _modern(folder)
    return presign(
        request,
        credentials=_keys(context),
        region=context.region,
        service=context.service,
        now=NOW,
        expires_s=context.expiration_in_seconds,
        rules=_modern_rules(context, request),
    )


def _signed_part(presigned: HttpRequest, context: Context) -> str:
    marker = "&X-Amz-Security-Token=" if context.omit_session_token else "&X-Amz-Signature="
    return presigned.target.partition(marker)[0]


def test_no_vector_is_left_out() -> None:
    """A vector of a kind not read above would pass by not being tested."""
    modern = {
        "context.json",
        "request.txt",
        "header-canonical-request.txt",
        "header-string-to-sign.txt",
        "header-signature.txt",
        "header-signed-request.txt",
        "query-canonical-request.txt",
        "query-string-to-sign.txt",
        "query-signature.txt",
        "query-signed-request.txt",
    }
    classic = {".req", ".creq", ".sts", ".authz", ".sreq"}
    read_by_people = {"LICENSE", "NOTICE", "readme.txt", "normalize-path.txt"}

    cases = {file.with_suffix("") for file in path(CLASSIC).rglob("*.req")}
    files = [file for file in path(CLASSIC).rglob("*") if file.is_file()]
    folders = list(path(MODERN).iterdir())

    assert (len(cases), len(folders)) == (34, 38)
    assert {file.name for file in folders[0].iterdir()} == modern
    assert all({file.name for file in folder.iterdir()} == modern for folder in folders)
    assert {
        file.suffix if file.with_suffix("") in cases else file.name for file in files
    } == classic | read_by_people
    assert all(case.with_name(case.name + suffix).exists() for case in cases for suffix in classic)
