"""Where a call goes: settings, hosts and ids joined."""

import pytest

from outcrop.errors import BadRequestError, ConfigError
from outcrop.flow.endpoint import Endpoints, resolve_endpoints
from outcrop.models.ids import parse_model_id
from outcrop.settings.places import choose_places
from outcrop.settings.values import Value, Variables

ARN = "arn:aws:bedrock:eu-west-3:123456789012:application-inference-profile/1arbu5hu2sjr"
RUNTIME_HOST = "https://bedrock-runtime.{}.amazonaws.com"


def resolve(environ: dict[str, str], model: str = "", **arguments: str) -> Endpoints:
    """Choose and join, as a client does."""
    places = choose_places(Variables(environ), **arguments)
    return resolve_endpoints(places, parse_model_id(model) if model else None)


@pytest.mark.parametrize(
    ("environ", "arguments", "model", "region", "origin"),
    [
        (
            {"BEDROCK_REGION": "eu-west-2", "AWS_REGION": "us-west-1"},
            {"region": "us-west-2"},
            "",
            "us-west-2",
            "region=",
        ),
        (
            {"BEDROCK_REGION": "eu-west-2", "AWS_REGION": "us-west-1"},
            {},
            "",
            "eu-west-2",
            "BEDROCK_REGION",
        ),
        (
            {
                "BEDROCK_BASE_URL": "https://bedrock-runtime-fips.us-west-2.amazonaws.com:8443/x",
                "AWS_REGION": "us-west-1",
            },
            {},
            "",
            "us-west-2",
            "the host of BEDROCK_BASE_URL",
        ),
        (
            {"AWS_REGION": "us-west-1"},
            {"base_url": "https://vpce-0a-b.bedrock-runtime.eu-west-1.vpce.amazonaws.com"},
            "",
            "eu-west-1",
            "the host of base_url=",
        ),
        ({"AWS_REGION": "us-west-1"}, {}, ARN, "eu-west-3", "the model's ARN"),
        (
            {"AWS_REGION": "us-west-1", "AWS_DEFAULT_REGION": "us-west-2"},
            {},
            "",
            "us-west-1",
            "AWS_REGION",
        ),
        ({"AWS_DEFAULT_REGION": "us-west-2"}, {}, "", "us-west-2", "AWS_DEFAULT_REGION"),
        ({}, {}, "", "us-east-1", "default"),
        (
            {"BEDROCK_BASE_URL": "https://proxy.example"},
            {},
            "",
            "us-east-1",
            "default",
        ),
    ],
)
def test_region_order(
    environ: dict[str, str], arguments: dict[str, str], model: str, region: str, origin: str
) -> None:
    """REGION-01, REGION-03: each source beats all that follow it."""
    assert resolve(environ, model, **arguments).region == Value(region, origin)


@pytest.mark.parametrize(
    ("environ", "runtime", "control"),
    [
        (
            {"AWS_REGION": "eu-west-1"},
            "https://bedrock-runtime.eu-west-1.amazonaws.com",
            "https://bedrock.eu-west-1.amazonaws.com",
        ),
        (
            {"AWS_REGION": "cn-north-1"},
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn",
            "https://bedrock.cn-north-1.amazonaws.com.cn",
        ),
        (
            {"AWS_REGION": "eusc-de-east-1"},
            "https://bedrock-runtime.eusc-de-east-1.amazonaws.eu",
            "https://bedrock.eusc-de-east-1.amazonaws.eu",
        ),
        (
            {"AWS_REGION": "us-east-1", "AWS_USE_FIPS_ENDPOINT": "1"},
            "https://bedrock-runtime-fips.us-east-1.amazonaws.com",
            "https://bedrock-fips.us-east-1.amazonaws.com",
        ),
        (
            {"AWS_REGION": "us-east-1", "AWS_USE_DUALSTACK_ENDPOINT": "1"},
            "https://bedrock-runtime.us-east-1.api.aws",
            "https://bedrock.us-east-1.api.aws",
        ),
        (
            {"BEDROCK_BASE_URL": "http://127.0.0.1:8099/bedrock/"},
            "http://127.0.0.1:8099/bedrock",
            "http://127.0.0.1:8099/bedrock",
        ),
        (
            {"BEDROCK_BASE_URL": "https://bedrock-runtime.us-west-2.amazonaws.com"},
            "https://bedrock-runtime.us-west-2.amazonaws.com",
            "https://bedrock.us-west-2.amazonaws.com",
        ),
        (
            {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "http://127.0.0.1:8099"},
            "http://127.0.0.1:8099",
            "https://bedrock.us-east-1.amazonaws.com",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
            "http://127.0.0.1:4566",
            "http://127.0.0.1:4566",
        ),
        (
            {"BEDROCK_CONTROL_BASE_URL": "https://bedrock-runtime.us-east-1.amazonaws.com"},
            "https://bedrock-runtime.us-east-1.amazonaws.com",
            "https://bedrock-runtime.us-east-1.amazonaws.com",
        ),
    ],
)
def test_urls(environ: dict[str, str], runtime: str, control: str) -> None:
    """EP-01, EP-02: both planes, in every partition, through proxies and emulators."""
    endpoints = resolve(environ)

    assert (str(endpoints.runtime), str(endpoints.control)) == (runtime, control)


def test_origins_of_urls() -> None:
    """The log names the URL in use and who set it."""
    endpoints = resolve({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
    plain = resolve({})

    assert endpoints.runtime_origin == endpoints.control_origin == "AWS_ENDPOINT_URL"
    assert plain.runtime_origin == plain.control_origin == "default"


@pytest.mark.parametrize(
    ("environ", "arguments", "says"),
    [
        (
            {"BEDROCK_BASE_URL": "https://bedrock-runtime.us-west-2.amazonaws.com"},
            {"region": "eu-west-1"},
            "region= says eu-west-1, and the host of BEDROCK_BASE_URL is of us-west-2",
        ),
        (
            {"BEDROCK_CONTROL_BASE_URL": "https://bedrock.us-west-2.amazonaws.com"},
            {"region": "eu-west-1"},
            "region= says eu-west-1, and the host of BEDROCK_CONTROL_BASE_URL is of us-west-2",
        ),
        (
            {"BEDROCK_BASE_URL": "https://"},
            {},
            'BEDROCK_BASE_URL "https://" is not an absolute http',
        ),
        ({}, {"base_url": "ftp://host"}, 'base_url= "ftp://host" is not an absolute http'),
    ],
)
def test_settings_that_contradict(
    environ: dict[str, str], arguments: dict[str, str], says: str
) -> None:
    """REGION-04, EP-03: a signature for another region is refused by AWS without saying why."""
    with pytest.raises(ConfigError, match=says):
        resolve(environ, **arguments)


def test_arn_of_another_region() -> None:
    """REGION-04: a chosen region never calls a model that is elsewhere."""
    with pytest.raises(BadRequestError, match=r"region= says us-east-1, .* ARN is of eu-west-3"):
        resolve({}, ARN, region="us-east-1")


@pytest.mark.parametrize(
    ("environ", "model", "region"),
    [
        ({"AWS_REGION": "us-east-1"}, "eu.amazon.nova-pro-v1:0", "eu-west-1"),
        ({"AWS_REGION": "us-east-1"}, "apac.amazon.nova-pro-v1:0", "ap-southeast-1"),
        ({}, "jp.anthropic.claude-sonnet-4-6", "ap-northeast-1"),
        ({}, "au.anthropic.claude-sonnet-4-6", "ap-southeast-2"),
        ({"AWS_REGION": "eu-west-1"}, "us.amazon.nova-pro-v1:0", "us-east-1"),
        ({"AWS_REGION": "cn-north-1"}, "global.anthropic.claude-sonnet-4-6", "us-east-1"),
    ],
)
def test_geography_steers(environ: dict[str, str], model: str, region: str) -> None:
    """REGION-05: where nobody chose a region for Bedrock, the id's geography does, visibly."""
    endpoints = resolve(environ, model)

    assert endpoints.region.value == region
    assert str(endpoints.runtime) == RUNTIME_HOST.format(region)
    assert [change.rule for change in endpoints.adjustments] == ["region_steered"]
    assert region in endpoints.adjustments[0].detail


@pytest.mark.parametrize(
    ("environ", "model"),
    [
        ({"AWS_REGION": "us-west-2"}, "us.amazon.nova-pro-v1:0"),
        ({"AWS_REGION": "ca-central-1"}, "us.amazon.nova-pro-v1:0"),
        ({"AWS_REGION": "eu-north-1"}, "eu.amazon.nova-pro-v1:0"),
        ({"AWS_REGION": "sa-east-1"}, "global.anthropic.claude-sonnet-4-6"),
        ({"AWS_REGION": "us-west-2"}, "sa.anthropic.claude-sonnet-4-6"),
        ({"AWS_REGION": "us-west-2"}, "amazon.nova-pro-v1:0"),
    ],
)
def test_geography_that_fits_changes_nothing(environ: dict[str, str], model: str) -> None:
    """REGION-05: traffic stays where the user's region is."""
    endpoints = resolve(environ, model)

    assert endpoints.region == Value(environ["AWS_REGION"], "AWS_REGION")
    assert endpoints.adjustments == ()


@pytest.mark.parametrize(
    ("environ", "arguments"),
    [
        ({}, {"region": "eu-west-1"}),
        ({"BEDROCK_REGION": "eu-west-1"}, {}),
        ({"BEDROCK_BASE_URL": "eu-west-1"}, {}),
        ({}, {"base_url": "https://bedrock-runtime.eu-west-1.amazonaws.com"}),
    ],
)
def test_geography_never_overrules_a_choice(
    environ: dict[str, str], arguments: dict[str, str]
) -> None:
    """REGION-05, ERR-16: European traffic is not moved to America in silence."""
    says = r"Profile us\.amazon.nova-pro-v1:0 is called from us-.*; region is eu-west-1"

    with pytest.raises(BadRequestError, match=says):
        resolve(environ, "us.amazon.nova-pro-v1:0", **arguments)


@pytest.mark.parametrize(
    ("model", "detail"),
    [
        ("claude-sonnet-4-6", "claude-sonnet-4-6 is called anthropic.claude-sonnet-4-6"),
        (
            "ap.anthropic.claude-opus-4-6-v1",
            "ap.anthropic.claude-opus-4-6-v1 is called apac.anthropic.claude-opus-4-6-v1",
        ),
    ],
)
def test_a_name_that_is_changed_is_reported(model: str, detail: str) -> None:
    """MODEL-03: what goes on the wire is not what was written, so it is said."""
    endpoints = resolve({"AWS_REGION": "ap-southeast-1"}, model)

    assert [(each.rule, each.detail) for each in endpoints.adjustments] == [
        ("model_resolved", detail)
    ]


def test_a_prefix_that_is_stripped_is_not() -> None:
    """MODEL-01: bedrock/ is how other tools address us, not part of the id."""
    assert resolve({}, "bedrock/us.amazon.nova-pro-v1:0").adjustments == ()
