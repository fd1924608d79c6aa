"""The verifier against the signer that everybody uses, botocore's, and AWS's own vectors."""

import string
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import pytest
from _pytest.mark.structures import ParameterSet
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import assume, given
from hypothesis import strategies as st

from outcrop.emulator.refusals import Refusal
from outcrop.emulator.signatures import Arrived, Identity, Key, check_signature
from tests.recordings import vectors

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {KEY_ID: Key(secret=SECRET)}
HOST = "bedrock-runtime.us-east-1.amazonaws.com"

words = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
# Printable ASCII: what HTTP lets stand in a header.
header_values = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
header_names = st.one_of(
    words.map("x-amz-{}".format), words.map("X-Amzn-{}".format), st.just("content-type")
)
texts = st.text(max_size=10)
paths = st.lists(st.text(min_size=1, max_size=10), max_size=4).map(
    lambda parts: "/" + "/".join(quote(part, safe="-_.~") for part in parts)
)


class Signed(msgspec.Struct, frozen=True):
    """A request that botocore signed, and when."""

    arrived: Arrived
    now: float


def sign(
    *,
    presigned: bool = False,
    method: str = "POST",
    path: str = "/model/arn%3Aa%2Fb/converse",
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    body: bytes = b"{}",
    token: str | None = None,
    region: str = "us-east-1",
) -> Signed:
    """Let botocore sign a request, and show it the way it would arrive."""
    pairs = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in (query or {}).items())
    request = AWSRequest(
        method=method,
        url=f"https://{HOST}{path}" + (f"?{pairs}" if pairs else ""),
        headers={"Host": HOST, **(headers or {})},
        data=b"" if presigned else body,
    )
    signer = (SigV4QueryAuth if presigned else SigV4Auth)(
        Credentials(KEY_ID, SECRET, token), "bedrock", region
    )
    signer.add_auth(request)
    url = urlsplit(request.url)
    stamp = datetime.strptime(request.context["timestamp"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    arrived = Arrived(
        method=method,
        path=url.path.encode(),
        query=url.query.encode(),
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        body=b"" if presigned else body,
    )
    return Signed(arrived, stamp.timestamp())


def check(signed: Signed, **changes: Any) -> Identity:
    """Check a request as it was signed, but for `changes`."""
    settings: dict[str, Any] = {"keys": KEYS, "region": None, "now": signed.now} | changes
    return check_signature(signed.arrived, **settings)


def refusal(signed: Signed, **changes: Any) -> Refusal:
    """Return how a request is refused."""
    with pytest.raises(Refusal) as caught:
        check(signed, **changes)
    return caught.value


def replace(signed: Signed, **changes: Any) -> Signed:
    """Return the request with parts of what arrived changed after signing."""
    return Signed(msgspec.structs.replace(signed.arrived, **changes), signed.now)


def with_header(signed: Signed, name: str, value: str) -> Signed:
    """Return the request with one header set after signing."""
    others = tuple(pair for pair in signed.arrived.headers if pair[0] != name)
    return replace(signed, headers=(*others, (name, value)))


requests = st.fixed_dictionaries(
    {
        "presigned": st.booleans(),
        "method": st.sampled_from(["GET", "POST", "DELETE"]),
        "path": paths,
        "query": st.dictionaries(texts, texts, max_size=3),
        "headers": st.dictionaries(header_names, header_values, max_size=4),
        "body": st.binary(max_size=40),
        "token": st.one_of(st.none(), words),
        "region": st.sampled_from(["us-east-1", "eu-central-1"]),
    }
)


@given(requests)
def test_what_botocore_signs_verifies(request: dict[str, Any]) -> None:
    """The oracle: any id, any query, any header, any body, both forms."""
    signed = sign(**request)
    keys = {KEY_ID: Key(secret=SECRET, token=request["token"] or "")}

    identity = check(signed, keys=keys, region=request["region"])

    assert identity == Identity(access_key=KEY_ID, region=request["region"])


@given(requests, st.data())
def test_a_changed_part_is_noticed(request: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is signed cannot be changed on the way."""
    signed = sign(**{**request, "token": None})
    arrived = signed.arrived
    name, value = data.draw(st.sampled_from(arrived.headers))
    assume(name != "authorization")
    changed = data.draw(
        st.sampled_from(
            [
                replace(signed, method="PUT"),
                replace(signed, path=arrived.path.rstrip(b"/") + b"/x"),
                replace(signed, query=arrived.query + b"&added=1"),
                replace(signed, body=arrived.body + b"x"),
                with_header(signed, name, value + "x"),
                with_header(signed, "x-amz-added", "1"),
            ]
        )
    )

    assert refusal(changed).status == 403


def test_the_vector_of_the_specification() -> None:
    """WIRE-03: an id with a slash is encoded twice."""
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={KEY_ID}/20260102/us-east-1/bedrock/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ae5d99a38f521d142fe08cd846fe41cebef39e74c59db2eb1e4964465baf7e28"
    )
    arrived = Arrived(
        method="POST",
        path=b"/model/arn%3Aa%2Fb/converse",
        headers=(
            ("host", HOST),
            ("content-type", "application/json"),
            ("x-amz-date", "20260102T030405Z"),
            ("authorization", authorization),
        ),
        body=b"{}",
    )

    identity = check_signature(arrived, keys=KEYS, region="us-east-1", now=1767323045)

    assert identity == Identity(access_key=KEY_ID, region="us-east-1")


class Context(msgspec.Struct):
    """`context.json` of a vector; the keys are the same in all."""

    normalize: bool
    credentials: dict[str, str]
    omit_session_token: bool = False


def official() -> list[ParameterSet]:
    """Return the vectors but those signed as S3 signs, or without their session token."""
    found = vectors("sigv4/aws-signing-test-suite/v4")
    return [case for case in found if case.values[0] is None or signed_whole(case.values[0])]


def signed_whole(case: Any) -> bool:
    """Return whether the path is resolved, as all services but S3 do, and all headers signed."""
    context = read_context(case)
    return context.normalize and not context.omit_session_token


def read_context(case: Path) -> Context:
    """Read the settings of a vector."""
    return msgspec.json.decode((case / "context.json").read_bytes(), type=Context)


@pytest.mark.parametrize("form", ["header", "query"])
@pytest.mark.parametrize("case", official())
def test_official_vector(case: Path, form: str) -> None:
    """AWS's own signed requests verify."""
    context = read_context(case)
    arrived = read_request((case / f"{form}-signed-request.txt").read_bytes())
    key = Key(secret=SECRET, token=context.credentials.get("token", ""))

    identity = check_signature(
        arrived, keys={KEY_ID: key}, region="us-east-1", now=1440938160, service="service"
    )

    assert identity.access_key == KEY_ID


def read_request(text: bytes) -> Arrived:
    """Read a request of the vectors, whose lines end as on Unix."""
    head, _, body = text.partition(b"\n\n")
    first, *lines = head.replace(b"\n ", b"  ").split(b"\n")
    method, _, target = first.removesuffix(b" HTTP/1.1").partition(b" ")
    path, _, query = target.partition(b"?")
    return Arrived(
        method=method.decode(),
        path=path,
        query=query,
        headers=tuple(read_header(line) for line in lines if line),
        body=body,
    )


def read_header(line: bytes) -> tuple[str, str]:
    """Read one line of a head."""
    name, _, value = line.partition(b":")
    return name.decode().lower(), value.decode()


@pytest.mark.parametrize("presigned", [False, True])
def test_wrong_secret(presigned: bool) -> None:  # noqa: FBT001
    """The commonest mistake, in AWS's words, which clients match on."""
    signed = sign(presigned=presigned)

    refused = refusal(signed, keys={KEY_ID: Key(secret="another")})

    assert refused.status == 403
    assert refused.code == "InvalidSignatureException"
    assert refused.message == (
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details."
    )


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param({}, id="no-such-key"),
        pytest.param({KEY_ID: Key(secret=SECRET, token="t")}, id="token-missing"),
    ],
)
def test_unknown_key(keys: dict[str, Key]) -> None:
    """A key that is not known, or comes without its session token."""
    refused = refusal(sign(), keys=keys)

    assert (refused.status, refused.code) == (403, "UnrecognizedClientException")
    assert refused.message == "The security token included in the request is invalid."


def test_wrong_token() -> None:
    """A session token belongs to one key."""
    refused = refusal(sign(token="other"), keys={KEY_ID: Key(secret=SECRET, token="mine")})

    assert refused.code == "UnrecognizedClientException"


def test_late() -> None:
    """A signature must arrive within five minutes; the text lets a client correct its clock."""
    signed = replace_stamp(sign(), "20260102T030405Z")

    refused = refusal(signed, now=1767323045 + 301)

    assert refused.code == "InvalidSignatureException"
    assert refused.message == (
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z "
        "(20260102T030906Z - 5 min.)"
    )


def test_early() -> None:
    """A clock that runs ahead is told so too."""
    signed = replace_stamp(sign(), "20260102T030405Z")

    refused = refusal(signed, now=1767323045 - 301)

    assert refused.message == (
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z "
        "(20260102T025904Z + 5 min.)"
    )


def replace_stamp(signed: Signed, stamp: str) -> Signed:
    """Return the request signed, wrongly, at a known time."""
    authorization = signed.arrived.value("authorization")
    day = signed.arrived.value("x-amz-date")[:8]
    moved = with_header(signed, "authorization", authorization.replace(day, stamp[:8]))
    return with_header(moved, "x-amz-date", stamp)


@pytest.mark.parametrize("skew", [-299, 0, 299])
def test_within_the_window(skew: int) -> None:
    """Clocks need not agree to the second."""
    signed = sign()

    identity = check(signed, now=signed.now + skew)

    assert identity.access_key == KEY_ID


def test_presigned_outlives_the_window() -> None:
    """A presigned request says itself how long it holds: botocore's hour."""
    signed = sign(presigned=True)

    assert check(signed, now=signed.now + 3599).access_key == KEY_ID
    assert refusal(signed, now=signed.now + 3601).message.endswith("- 60 min.)")


def test_date_header_instead_of_x_amz_date() -> None:
    """An HTTP Date header dates a signature as well; botocore signs over it when it is there."""
    signed = sign(headers={"Date": "Fri, 02 Jan 2026 03:04:05 GMT"})

    assert signed.arrived.value("x-amz-date") == ""
    assert check(signed).access_key == KEY_ID


@pytest.mark.parametrize(
    ("old", "new", "code", "text"),
    [
        pytest.param(
            "/bedrock/",
            "/bedrock-runtime/",
            "InvalidSignatureException",
            "Credential should be scoped to correct service: 'bedrock'. ",
            id="service",
        ),
        pytest.param(
            "/us-east-1/",
            "/eu-west-1/",
            "InvalidSignatureException",
            "Credential should be scoped to a valid region. ",
            id="region",
        ),
        pytest.param(
            "/aws4_request",
            "/aws5_request",
            "InvalidSignatureException",
            "Credential should be scoped with a valid terminator: 'aws4_request', not "
            "'aws5_request'. ",
            id="terminator",
        ),
        pytest.param(
            "SignedHeaders=host;",
            "SignedHeaders=",
            "IncompleteSignatureException",
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            id="host-unsigned",
        ),
        pytest.param(
            "Signature=",
            "Seal=",
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter.",
            id="no-signature",
        ),
        pytest.param(
            "AWS4-HMAC-SHA256 Credential",
            "Basic Credential",
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. Authorization header requires "
            "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
            id="scheme",
        ),
        pytest.param(
            f"{KEY_ID}/",
            "",
            "IncompleteSignatureException",
            None,
            id="credential",
        ),
        pytest.param(
            "Signature=", "Signature", "IncompleteSignatureException", None, id="no-equal-sign"
        ),
    ],
)
def test_malformed_header(old: str, new: str, code: str, text: str | None) -> None:
    """Each part of the header is named when it is wrong."""
    signed = sign()
    header = signed.arrived.value("authorization")
    assert old in header

    refused = refusal(
        with_header(signed, "authorization", header.replace(old, new)), region="us-east-1"
    )

    assert (refused.status, refused.code) == (403, code)
    assert text is None or refused.message == text


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        pytest.param(
            b"&X-Amz-Signature=",
            b"&Other=",
            "AWS query-string parameters must include 'X-Amz-Signature'.",
            id="no-signature",
        ),
        pytest.param(b"Expires=3600", b"Expires=0", "X-Amz-Expires must be", id="lifetime"),
    ],
)
def test_malformed_query(old: bytes, new: bytes, start: str) -> None:
    """A presigned request names what it lacks."""
    signed = sign(presigned=True)
    assert old in signed.arrived.query

    refused = refusal(replace(signed, query=signed.arrived.query.replace(old, new)))

    assert refused.code == "IncompleteSignatureException"
    assert refused.message.startswith(start)


def test_scope_of_another_day() -> None:
    """The day of the scope is the day of the request."""
    signed = sign()
    day = signed.arrived.value("x-amz-date")[:8]
    header = signed.arrived.value("authorization").replace(f"/{day}/", "/20200101/")

    refused = refusal(with_header(signed, "authorization", header))

    assert refused.message.startswith("Date in Credential scope does not match YYYYMMDD")


def test_malformed_date() -> None:
    """A stamp in another format is not guessed at."""
    signed = sign()
    day = signed.arrived.value("x-amz-date")[:8]

    refused = refusal(with_header(signed, "x-amz-date", f"{day} noon"))

    assert refused.message.startswith("Date must be in ISO-8601 'basic format'.")


def test_nothing_presented() -> None:
    """No signature at all has its own name."""
    refused = refusal(Signed(Arrived(method="GET", path=b"/"), 0))

    assert (refused.status, refused.code) == (403, "MissingAuthenticationTokenException")
    assert refused.message == "Missing Authentication Token"


def test_no_secret_is_shown() -> None:
    """Keys end up in tracebacks; secrets must not."""
    assert SECRET not in repr(Key(secret=SECRET, token="token"))
    assert "'token'" not in repr(Key(secret=SECRET, token="token"))


def test_trace_header_may_be_unsigned() -> None:
    """Load balancers change it, so no client signs it."""
    signed = with_header(sign(), "x-amzn-trace-id", "Root=1-2-3")

    assert check(signed).access_key == KEY_ID
