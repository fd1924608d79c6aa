"""Which region and which URL win."""

import pytest

from outcrop.errors import ConfigError
from outcrop.settings.places import Places, choose_places
from outcrop.settings.values import Value, Variables

URL = "https://bedrock.example/prefix"


def test_nothing_is_required() -> None:
    """CONF-05: AWS credentials suffice."""
    assert choose_places(Variables({})) == Places()


@pytest.mark.parametrize(
    ("environ", "region", "base_url", "chosen"),
    [
        ({"BEDROCK_REGION": "eu-west-1"}, "us-west-2", None, Value("us-west-2", "region=")),
        (
            {"BEDROCK_REGION": "eu-west-1", "BEDROCK_BASE_URL": "eu-west-2"},
            None,
            None,
            Value("eu-west-1", "BEDROCK_REGION"),
        ),
        (
            {"BEDROCK_BASE_URL": "eu-west-2", "AWS_REGION": "us-west-1"},
            None,
            None,
            Value("eu-west-2", "BEDROCK_BASE_URL"),
        ),
        (
            {"BEDROCK_BASE_URL": "eu-west-2"},
            None,
            "eu-west-3",
            Value("eu-west-3", "base_url="),
        ),
        ({"BEDROCK_BASE_URL": URL}, None, None, None),
        ({"AWS_REGION": "us-west-1"}, None, None, None),
    ],
)
def test_chosen_region(
    environ: dict[str, str],
    region: str | None,
    base_url: str | None,
    chosen: Value[str] | None,
) -> None:
    """REGION-01, the part that texts decide."""
    places = choose_places(Variables(environ), region=region, base_url=base_url)

    assert places.region == chosen


@pytest.mark.parametrize(
    ("environ", "ambient"),
    [
        (
            {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"},
            Value("eu-west-1", "AWS_REGION"),
        ),
        ({"AWS_DEFAULT_REGION": "eu-west-2"}, Value("eu-west-2", "AWS_DEFAULT_REGION")),
        (
            {"AWS_REGION": " ", "AWS_DEFAULT_REGION": "eu-west-2"},
            Value("eu-west-2", "AWS_DEFAULT_REGION"),
        ),
        ({}, None),
    ],
)
def test_ambient_region(environ: dict[str, str], ambient: Value[str] | None) -> None:
    """What is set for AWS at large comes after what is set for Bedrock."""
    assert choose_places(Variables(environ)).ambient_region == ambient


@pytest.mark.parametrize(
    ("environ", "region", "says"),
    [
        (
            {"BEDROCK_BASE_URL": "bedrock.example"},
            None,
            "'bedrock.example' is neither a URL nor a region",
        ),
        ({"BEDROCK_BASE_URL": "localhost:8080"}, None, "such as us-east-1"),
        ({}, "us-east", "region= 'us-east' is not an AWS region"),
        ({"AWS_REGION": "US-EAST-1"}, None, "AWS_REGION 'US-EAST-1' is not an AWS region"),
        ({"BEDROCK_REGION": "eu_west_1"}, None, "BEDROCK_REGION 'eu_west_1'"),
    ],
)
def test_no_region(environ: dict[str, str], region: str | None, says: str) -> None:
    """REGION-02: a slip is told at the start, with an example."""
    with pytest.raises(ConfigError, match=says):
        choose_places(Variables(environ), region=region)


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-gov-west-1", "cn-northwest-1", "eusc-de-east-1", "us-iso-east-1"]
)
def test_regions_of_all_partitions(region: str) -> None:
    """AWS's other clouds have regions too."""
    assert choose_places(Variables({}), region=region).region == Value(region, "region=")


RUNTIME = {
    "BEDROCK_BASE_URL": "https://1.example",
    "AWS_BEDROCK_BASE_URL": "https://2.example",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "https://3.example",
    "AWS_ENDPOINT_URL": "https://4.example",
}


@pytest.mark.parametrize("first", range(4))
def test_base_url_order(first: int) -> None:
    """EP-01: each variable beats all that follow it."""
    environ = dict(list(RUNTIME.items())[first:])

    places = choose_places(Variables(environ))

    assert places.base_url == Value(f"https://{first + 1}.example", list(RUNTIME)[first])


def test_base_url_argument_wins() -> None:
    """EP-01: code beats the environment."""
    places = choose_places(Variables(RUNTIME), base_url=URL)

    assert places.base_url == Value(URL, "base_url=")


CONTROL = {
    "BEDROCK_CONTROL_BASE_URL": "https://1.example",
    "BEDROCK_BASE_URL": "https://2.example",
    "AWS_ENDPOINT_URL_BEDROCK": "https://3.example",
    "AWS_ENDPOINT_URL": "https://4.example",
}


@pytest.mark.parametrize("first", range(4))
def test_control_base_url_order(first: int) -> None:
    """EP-02: each variable beats all that follow it; only the base URL is for both planes."""
    environ = dict(list(CONTROL.items())[first:])

    places = choose_places(Variables(environ))

    assert places.control_base_url == Value(f"https://{first + 1}.example", list(CONTROL)[first])
    assert places.control_shares_base_url is (first == 1)


def test_control_base_url_argument_wins() -> None:
    """EP-02: code beats the environment."""
    places = choose_places(Variables(CONTROL), control_base_url=URL)

    assert places.control_base_url == Value(URL, "control_base_url=")
    assert not places.control_shares_base_url


def test_base_url_argument_serves_both_planes() -> None:
    """One address of an emulator or a proxy is enough."""
    places = choose_places(Variables({}), base_url=URL)

    assert places.control_base_url == Value(URL, "base_url=")
    assert places.control_shares_base_url


def test_base_url_that_is_a_region_is_no_url() -> None:
    """REGION-02: the next URL in the order counts."""
    environ = {"BEDROCK_BASE_URL": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:8099"}

    places = choose_places(Variables(environ))

    assert places.base_url == Value("http://127.0.0.1:8099", "AWS_ENDPOINT_URL")
    assert places.region == Value("eu-west-1", "BEDROCK_BASE_URL")


def test_configured_endpoint_urls_can_be_ignored() -> None:
    """EP-01: the switch of the AWS SDKs spares outcrop's own variables."""
    environ = {**RUNTIME, **CONTROL, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    only_aws = {name: value for name, value in environ.items() if "BEDROCK_BASE" not in name}
    del only_aws["BEDROCK_CONTROL_BASE_URL"]

    assert choose_places(Variables(environ)).base_url == Value(
        "https://2.example", "BEDROCK_BASE_URL"
    )
    assert choose_places(Variables(only_aws)) == Places()


@pytest.mark.parametrize(
    ("name", "field"),
    [("AWS_USE_FIPS_ENDPOINT", "fips"), ("AWS_USE_DUALSTACK_ENDPOINT", "dualstack")],
)
def test_switches(name: str, field: str) -> None:
    """AWS's switches are read, and a slip in one is told."""
    assert getattr(choose_places(Variables({name: "true"})), field) is True
    with pytest.raises(ConfigError, match=name):
        choose_places(Variables({name: "maybe"}))
