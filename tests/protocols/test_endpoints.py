from collections.abc import Callable

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from outcrop.errors import ConfigError
from outcrop.http import Origin
from outcrop.protocols.endpoints import (
    Endpoint,
    agent_endpoint,
    agent_url,
    control_endpoint,
    control_url,
    is_region,
    parse_base_url,
    partition_of,
    region_of_host,
    runtime_url,
    service_of,
)

LOADER = Loader()
REGIONS = {
    region: row["id"]
    for row in LOADER.load_data("partitions")["partitions"]
    for region in row["regions"]
    if not region.endswith("-global")
}


def _rules(service: str) -> EndpointProvider:
    document = LOADER.load_service_model(service, "endpoint-rule-set-1")
    return EndpointProvider(document, LOADER.load_data("partitions"))


KINDS = [("plain",), ("fips",), ("dualstack",), ("fips", "dualstack")]
SERVICES = {
    "bedrock": control_url,
    "bedrock-runtime": runtime_url,
    "bedrock-agent-runtime": agent_url,
}
PROVIDERS = {name: _rules(name) for name in SERVICES}


def test_regions_are_there() -> None:
    """Botocore's list is the one we are held to; an empty one would hold nothing."""
    assert set(REGIONS.values()) == {
        "aws", "aws-cn", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-us-gov"
    }  # fmt: skip
    assert len(REGIONS) >= 48
    assert all(map(is_region, REGIONS))
    assert {region: partition_of(region).name for region in REGIONS} == REGIONS


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
@pytest.mark.parametrize(("service", "url"), SERVICES.items(), ids=SERVICES)
def test_as_botocore_resolves(
    service: str, url: Callable[..., str], kind: tuple[str, ...], region: str
) -> None:
    """All regions of all partitions, in all four kinds: no differences."""
    fips, dualstack = "fips" in kind, "dualstack" in kind
    theirs = PROVIDERS[service].resolve_endpoint(
        Region=region, UseFIPS=fips, UseDualStack=dualstack
    )

    ours = url(region, fips=fips, dualstack=dualstack)

    assert ours == theirs.url
    assert region_of_host(parse_base_url(ours, "x").origin.host) == region
    assert service_of(parse_base_url(ours, "x").origin.host) == "bedrock"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        pytest.param("bedrock-runtime.us-east-1.amazonaws.com", "us-east-1", id="runtime"),
        pytest.param("bedrock.eu-west-1.amazonaws.com", "eu-west-1", id="control"),
        pytest.param("bedrock-mantle.us-west-2.api.aws", "us-west-2", id="mantle"),
        pytest.param("bedrock-agent-runtime.us-west-2.amazonaws.com", "us-west-2", id="rerank"),
        pytest.param("bedrock-runtime-fips.us-gov-west-1.api.aws", "us-gov-west-1", id="fips"),
        pytest.param("bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1", id="china"),
        pytest.param("bedrock-runtime.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", id="eusc"),
        pytest.param(
            "BEDROCK-Runtime.US-EAST-1.amazonaws.com:443", "us-east-1", id="port-and-case"
        ),
        pytest.param("bedrock-runtime.us-east-1.amazonaws.com.", "us-east-1", id="root-dot"),
        pytest.param(
            "vpce-0a1b2c-3d4e.bedrock-runtime.ap-south-1.vpce.amazonaws.com",
            "ap-south-1",
            id="vpce",
        ),
        pytest.param(
            "vpce-0a1b2c-3d4e-ap-south-1a.bedrock.ap-south-1.vpce.amazonaws.com",
            "ap-south-1",
            id="vpce-of-a-zone",
        ),
        pytest.param("bedrock.amazonaws.com", "", id="global"),
        pytest.param("s3.us-east-1.amazonaws.com", "", id="other-service"),
        pytest.param("bedrock-runtime.amazonaws.com", "", id="no-region"),
        pytest.param("bedrock-runtime.us-east-1.example.com", "", id="not-aws"),
        pytest.param("bedrock-runtime.us-east-1.evil-amazonaws.com", "", id="looks-like-aws"),
        pytest.param("bedrock-runtime.us-east-1.amazonaws.com.evil.org", "", id="begins-like-aws"),
        pytest.param("localhost:4010", "", id="localhost"),
        pytest.param("[::1]:4010", "", id="ipv6"),
        pytest.param("", "", id="empty"),
    ],
)
def test_region_of_host(host: str, region: str) -> None:
    """A region is read from AWS's own hosts, and guessed from no other."""
    assert region_of_host(host) == region


@pytest.mark.parametrize(
    ("host", "service"),
    [
        pytest.param("bedrock-runtime.us-east-1.amazonaws.com", "bedrock", id="runtime"),
        pytest.param("bedrock.us-east-1.amazonaws.com", "bedrock", id="control"),
        pytest.param("bedrock-agent-runtime.us-east-1.amazonaws.com", "bedrock", id="rerank"),
        pytest.param("bedrock-mantle.us-east-1.api.aws", "bedrock-mantle", id="mantle"),
        pytest.param("bedrock-runtime-fips.us-east-1.amazonaws.com", "bedrock", id="fips"),
        pytest.param(
            "vpce-0-1.bedrock-mantle.us-east-1.vpce.amazonaws.com", "bedrock-mantle", id="vpce"
        ),
        pytest.param("proxy.example.com", "bedrock", id="proxy"),
    ],
)
def test_service_of(host: str, service: str) -> None:
    """The name in the signature is not the label of the host."""
    assert service_of(host) == service


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("us-east-1", True),
        ("us-gov-west-1", True),
        ("us-isob-east-1", True),
        ("eusc-de-east-1", True),
        ("ap-southeast-12", True),
        ("us-east", False),
        ("useast-1", False),
        ("europe-west-1", False),
        ("us-east-1a", False),
        ("US-EAST-1", False),
        (" us-east-1", False),
        ("us-east-1\n", False),
        ("", False),
    ],
)
def test_is_region(text: str, expected: bool) -> None:  # noqa: FBT001 - pytest calls it by keyword
    """A region that does not exist yet passes; a zone or a typing error does not."""
    assert is_region(text) is expected


# URLs given by people.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "https://example.com", Endpoint(Origin("https", "example.com", 443)), id="bare"
        ),
        pytest.param(
            "http://localhost:4010/", Endpoint(Origin("http", "localhost", 4010)), id="port"
        ),
        pytest.param(
            " HTTPS://Example.COM:8443/Team/a%2Fb/ ",
            Endpoint(Origin("https", "example.com", 8443), "/Team/a%2Fb"),
            id="path-is-kept",
        ),
        pytest.param("http://[::1]:80/v1", Endpoint(Origin("http", "::1", 80), "/v1"), id="ipv6"),
        pytest.param("http://my_host", Endpoint(Origin("http", "my_host", 80)), id="underscore"),
    ],
)
def test_base_url(text: str, expected: Endpoint) -> None:
    """Scheme and host have no case, a path has."""
    assert parse_base_url(text, "BEDROCK_BASE_URL") == expected


def test_endpoint_as_text() -> None:
    """What was given comes out, in its shortest form."""
    endpoint = parse_base_url("http://[::1]:80/v1/", "BEDROCK_BASE_URL")

    assert str(endpoint) == "http://[::1]/v1"


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://exa mple.com",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:port",
        "https://example.com/?a=b",
        "https://example.com/#a",
        "https://example.com/a b",
        "https://example.com/ü",
        "https://example.com\n/",
        "https://-example.com",
        "http://::1",
        "",
    ],
)
def test_bad_url(text: str) -> None:
    """The message names the setting, what it holds, and what it should hold."""
    with pytest.raises(ConfigError) as caught:
        parse_base_url(text, "BEDROCK_BASE_URL")

    assert str(caught.value) == (
        f'outcrop: BEDROCK_BASE_URL "{text}" is not an absolute http(s) URL; '
        "use https://host[:port][/path] or a region."
    )


@pytest.mark.parametrize(
    "text", ["https://me:pass/word@host", "me:password@host", "https://me:pass\nword@host/a@b"]
)
def test_passwords_are_not_shown(text: str) -> None:
    """User and password do not belong there, and less in a message."""
    with pytest.raises(ConfigError, match=r"\*\*\*@") as caught:
        parse_base_url(text, "BEDROCK_BASE_URL")

    assert "word" not in str(caught.value)
    assert "me:" not in str(caught.value)


@pytest.mark.parametrize(
    ("runtime", "control"),
    [
        pytest.param(
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "https://bedrock.us-east-1.amazonaws.com",
            id="aws",
        ),
        pytest.param(
            "https://bedrock-runtime-fips.us-east-1.api.aws",
            "https://bedrock-fips.us-east-1.api.aws",
            id="fips-and-dualstack",
        ),
        pytest.param(
            "https://bedrock.us-east-1.amazonaws.com",
            "https://bedrock.us-east-1.amazonaws.com",
            id="control-already",
        ),
        pytest.param(
            "https://vpce-0-1.bedrock-runtime.cn-north-1.vpce.amazonaws.com.cn",
            "https://bedrock.cn-north-1.amazonaws.com.cn",
            id="vpce",
        ),
        pytest.param(
            "https://bedrock-mantle.us-east-1.api.aws",
            "https://bedrock.us-east-1.amazonaws.com",
            id="mantle",
        ),
        pytest.param("http://proxy:8080/aws", "http://proxy:8080/aws", id="proxy"),
        pytest.param(
            "https://bedrock-runtime.example.com",
            "https://bedrock-runtime.example.com",
            id="not-aws",
        ),
    ],
)
def test_control_endpoint(runtime: str, control: str) -> None:
    """One setting is enough: the listing is found beside the models."""
    assert str(control_endpoint(parse_base_url(runtime, "x"))) == control


@pytest.mark.parametrize(
    ("runtime", "agents"),
    [
        pytest.param(
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "https://bedrock-agent-runtime.us-east-1.amazonaws.com",
            id="aws",
        ),
        pytest.param(
            "https://bedrock-runtime-fips.us-east-1.api.aws",
            "https://bedrock-agent-runtime-fips.us-east-1.api.aws",
            id="fips-and-dualstack",
        ),
        pytest.param(
            "https://vpce-0-1.bedrock-runtime.cn-north-1.vpce.amazonaws.com.cn",
            "https://bedrock-agent-runtime.cn-north-1.amazonaws.com.cn",
            id="vpce",
        ),
        pytest.param("http://proxy:8080/aws", "http://proxy:8080/aws", id="proxy"),
    ],
)
def test_agent_endpoint(runtime: str, agents: str) -> None:
    """One setting is enough here too."""
    assert str(agent_endpoint(parse_base_url(runtime, "x"))) == agents
