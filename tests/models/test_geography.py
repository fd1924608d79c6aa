"""Which geography may be called from where."""

import pytest

from outcrop.models.geography import GEOGRAPHIES, Geography, geography, geography_of


@pytest.mark.parametrize(
    ("prefix", "inside", "outside", "default"),
    [
        (
            "us",
            "us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 us-gov-west-1",
            "eu-west-1 ca-west-1 us-iso-east-1",
            "us-east-1",
        ),
        (
            "eu",
            "eu-west-1 eu-central-2 eu-south-1",
            "eusc-de-east-1 eu-isoe-west-1 us-east-1",
            "eu-west-1",
        ),
        ("apac", "ap-south-1 ap-southeast-1 ap-northeast-1", "us-east-1", "ap-southeast-1"),
        ("jp", "ap-northeast-1 ap-northeast-3", "ap-northeast-2", "ap-northeast-1"),
        (
            "au",
            "ap-southeast-2 ap-southeast-4 ap-southeast-6",
            "ap-southeast-1",
            "ap-southeast-2",
        ),
        ("ca", "ca-central-1 ca-west-1", "us-east-1", "ca-central-1"),
        ("us-gov", "us-gov-east-1 us-gov-west-1", "us-east-1", "us-gov-west-1"),
        (
            "global",
            "us-east-1 sa-east-1 me-central-1 af-south-1",
            "us-gov-west-1 cn-north-1 eusc-de-east-1",
            "us-east-1",
        ),
    ],
)
def test_table(prefix: str, inside: str, outside: str, default: str) -> None:
    """REGION-05, row by row."""
    found = geography(prefix)

    assert found is not None
    assert [region for region in inside.split() if not found.contains(region)] == []
    assert [region for region in outside.split() if found.contains(region)] == []
    assert found.default == default


@pytest.mark.parametrize("each", GEOGRAPHIES, ids=lambda each: each.prefix)
def test_default_lies_inside(each: Geography) -> None:
    """A default region that the geography refuses would steer into an error."""
    assert each.contains(each.default)


@pytest.mark.parametrize(
    ("region", "prefix"),
    [
        ("us-east-2", "us"),
        ("eu-north-1", "eu"),
        ("ap-northeast-1", "apac"),
        ("ca-central-1", "ca"),
        ("us-gov-east-1", "us-gov"),
        ("sa-east-1", None),
        ("cn-north-1", None),
    ],
)
def test_home(region: str, prefix: str | None) -> None:
    """Each region has one geography of its own, or none."""
    found = geography_of(region)

    assert (found.prefix if found else None) == prefix


def test_unknown_prefix() -> None:
    """What AWS adds tomorrow is not an error today."""
    assert geography("sa") is None
