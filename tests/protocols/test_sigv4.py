import string
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from outcrop.http import HttpRequest, Origin, header
from outcrop.protocols.percent import encode_component, encode_segment
from outcrop.protocols.sigv4 import Rules, draft, presign, sign
from outcrop.types.credentials import KeyPair

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC).timestamp()
STAMP = "20260102T030405Z"
KEYS = KeyPair("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "bedrock-runtime.us-east-1.amazonaws.com"
REQUEST = HttpRequest(
    method="POST",
    origin=Origin("https", HOST, 443),
    target="/model/arn%3Aa%2Fb/converse",
    headers=(("content-type", "application/json"),),
    body=b"{}",
)
PROOF = (
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, "
    "SignedHeaders=content-type;host;x-amz-date, "
    "Signature=ae5d99a38f521d142fe08cd846fe41cebef39e74c59db2eb1e4964465baf7e28"
)


def _sign(request: HttpRequest, keys: KeyPair = KEYS, **more: Any) -> HttpRequest:
    return sign(request, credentials=keys, region="us-east-1", service="bedrock", now=NOW, **more)


def _with_headers(*headers: tuple[str, str]) -> HttpRequest:
    return HttpRequest(
        method="POST", origin=REQUEST.origin, target=REQUEST.target, headers=headers, body=b"{}"
    )


def _signed_names(request: HttpRequest) -> str:
    proof = header(request.headers, "authorization")
    return proof.partition("SignedHeaders=")[2].partition(",")[0]


def test_vector_of_the_specification() -> None:
    """The path is encoded twice in the signature and once on the wire."""
    signed = _sign(REQUEST)

    assert signed.headers == (
        ("content-type", "application/json"),
        ("x-amz-date", STAMP),
        ("authorization", PROOF),
    )
    assert (signed.target, signed.body, signed.method) == (REQUEST.target, b"{}", "POST")


def test_signing_anew_replaces_the_signature() -> None:
    """Each attempt is signed at its own time, from whatever was sent before."""
    keys = KeyPair("AKIDEXAMPLE", "secret", "token")

    once = _sign(REQUEST, keys)
    later = sign(once, credentials=KEYS, region="us-east-1", service="bedrock", now=NOW)

    assert header(once.headers, "x-amz-security-token") == "token"
    assert later == _sign(REQUEST)


def test_what_is_signed() -> None:
    """AWS demands every x-amz-* and x-amzn-* header; a hop on the way may change the others."""
    request = _with_headers(
        ("Content-Type", "application/json"),
        ("X-Amzn-Bedrock-Trace", "ENABLED"),
        ("x-amz-meta", "1"),
        ("Accept", "application/json"),
        ("User-Agent", "outcrop/1"),
        ("Connection", "keep-alive"),
        ("Expect", "100-continue"),
        ("Transfer-Encoding", "chunked"),
        ("X-Amzn-Trace-Id", "Root=1-2-3"),
        ("Keep-Alive", "5"),
        ("Proxy-Authorization", "Basic x"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Upgrade", "h2c"),
        ("traceparent", "00-1-2-01"),
        ("tracestate", "a=b"),
        ("baggage", "a=b"),
        ("x-forwarded-for", "192.0.2.1"),
    )

    signed = _sign(request, KeyPair("a", "b", "token"))

    assert _signed_names(signed) == (
        "content-type;host;x-amz-date;x-amz-meta;x-amz-security-token;x-amzn-bedrock-trace"
    )
    assert signed.headers[: len(request.headers)] == request.headers


def test_rules_cannot_sign_what_hops_change() -> None:
    """A rule that names such a header would break behind the first proxy."""
    request = _with_headers(("user-agent", "x"), ("proxy-foo", "x"), ("content-length", "2"))
    rules = Rules(also_signed=frozenset({"user-agent", "proxy-foo", "content-length"}))

    signed = _sign(request, rules=rules)

    assert _signed_names(signed) == "content-length;host;x-amz-date"


def test_long_targets_are_signed_too() -> None:
    """Targets too long for the memo take the other road, to the same end."""
    target = f"/model/{'a%3A' * 2000}/converse"
    request = HttpRequest(method="POST", origin=REQUEST.origin, target=target)

    plan = draft(request)

    assert plan.canonical_request.split("\n")[1] == f"/model/{'a%253A' * 2000}/converse"


def test_port_is_part_of_the_host() -> None:
    """The transport writes `host` from the origin; another value would not verify."""
    there = HttpRequest(method="GET", origin=Origin("http", "localhost", 8080), target="/")
    here = HttpRequest(method="GET", origin=Origin("http", "localhost", 80), target="/")

    assert _sign(there).headers != _sign(here).headers


@pytest.mark.parametrize("text", [repr, str, "{}".format, lambda keys: str(keys.__rich_repr__())])
def test_secrets_are_not_shown(text: Any) -> None:
    """Credentials end up in logs and tracebacks sooner or later."""
    shown = text(KeyPair("AKIDEXAMPLE", "the-secret", "the-token"))

    assert "AKIDEXAMPLE" in shown
    assert "the-" not in shown


def test_presigned_url_carries_everything() -> None:
    """A presigned URL is handed on alone: short-term API keys are made of one."""
    request = HttpRequest(
        method="POST",
        origin=Origin("https", "bedrock.amazonaws.com", 443),
        target="/?Action=CallWithBearerToken",
    )

    signed = presign(
        request,
        credentials=KeyPair("AKIDEXAMPLE", "secret", "a/b=="),
        region="us-east-1",
        service="bedrock",
        now=NOW,
        expires_s=43200,
    )

    assert signed.headers == ()
    assert signed.target.rpartition("=")[0] == (
        "/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fbedrock%2Faws4_request"
        f"&X-Amz-Date={STAMP}&X-Amz-SignedHeaders=host&X-Amz-Expires=43200"
        "&X-Amz-Security-Token=a%2Fb%3D%3D&X-Amz-Signature"
    )


# Laws: whatever is asked, we sign as the reference implementation does.


class _AtNow(SigV4Auth):  # type: ignore[misc]  # botocore is untyped
    """Botocore's signer, with its clock stopped."""

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = STAMP
        super()._modify_request_before_signing(request)


class _QueryAtNow(SigV4QueryAuth):  # type: ignore[misc]  # botocore is untyped
    """The same for URLs."""

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        request.context["timestamp"] = STAMP
        super()._modify_request_before_signing(request)


ids = st.one_of(
    st.text(min_size=1),
    st.sampled_from(
        [
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2",
            "bedrock/ü:語/%2F//../.",
        ]
    ),
).filter(lambda text: text not in {".", ".."} and text.isprintable())
tokens = st.text(string.ascii_letters + string.digits + "+/=", min_size=1)
keys_of_all_kinds = st.builds(KeyPair, tokens, tokens, st.just("") | tokens)
values = st.text(string.ascii_letters + string.digits + ' ,;="-', max_size=20)
names = st.builds(
    "{}{}".format,
    st.sampled_from(["x-amz-meta-", "X-Amzn-Bedrock-", "x-amzn-", "X-Amz-Z"]),
    st.text(string.ascii_letters, min_size=1, max_size=5),
)
headers_to_sign = st.lists(st.tuples(names, values), max_size=4).map(tuple)
words = st.text(min_size=1, max_size=8)
queries = st.dictionaries(words, st.text(max_size=8), max_size=3)
origins = st.builds(
    Origin,
    st.sampled_from(["https", "http"]),
    st.sampled_from([HOST, "localhost"]),
    st.sampled_from([443, 80, 8443]),
)
regions = st.sampled_from(["us-east-1", "eusc-de-east-1"])


@st.composite
def requests(draw: st.DrawFn, bodies: st.SearchStrategy[bytes]) -> HttpRequest:
    query = "&".join(
        f"{encode_component(key)}={encode_component(value)}" for key, value in draw(queries).items()
    )
    return HttpRequest(
        method=draw(st.sampled_from(["POST", "GET"])),
        origin=draw(origins),
        target=f"/model/{encode_segment(draw(ids))}/converse" + (f"?{query}" if query else ""),
        headers=(("content-type", "application/json"), *draw(headers_to_sign)),
        body=draw(bodies),
    )


def _theirs(request: HttpRequest, auth: type[SigV4Auth], *arguments: Any) -> AWSRequest:
    asked = AWSRequest(
        method=request.method, url=f"{request.origin}{request.target}", data=request.body
    )
    for name, value in request.headers:
        asked.headers.add_header(name, value)
    auth(*arguments).add_auth(asked)
    return asked


def _botocore_keys(keys: KeyPair) -> BotocoreCredentials:
    return BotocoreCredentials(
        keys.access_key_id, keys.secret_access_key, keys.session_token or None
    )


@given(requests(st.binary(max_size=200)), keys_of_all_kinds, regions)
def test_signs_as_botocore_does(request: HttpRequest, keys: KeyPair, region: str) -> None:
    """Any id, query, header and body: same signed headers, same signature."""
    theirs = _theirs(request, _AtNow, _botocore_keys(keys), "bedrock", region)

    ours = sign(request, credentials=keys, region=region, service="bedrock", now=NOW)

    for name in ("authorization", "x-amz-date", "x-amz-security-token"):
        assert header(ours.headers, name) == (theirs.headers[name] or "")


@given(requests(st.just(b"")), keys_of_all_kinds, regions, st.integers(1, 604800))
def test_presigns_as_botocore_does(
    request: HttpRequest, keys: KeyPair, region: str, expires_s: int
) -> None:
    """The same for URLs, whose parameters may stand in another order.

    Without a body: botocore would move it to the query. URLs with one are among the vectors.
    """
    theirs = _theirs(request, _QueryAtNow, _botocore_keys(keys), "bedrock", region, expires_s)

    ours = presign(
        request,
        credentials=keys,
        region=region,
        service="bedrock",
        now=NOW,
        expires_s=expires_s,
    )

    assert _parameters(f"{ours.origin}{ours.target}") == _parameters(theirs.url)


def _parameters(url: str) -> tuple[str, list[str]]:
    place, _, query = url.partition("?")
    return place, sorted(query.split("&"))
