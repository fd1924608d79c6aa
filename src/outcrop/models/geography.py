"""Geographies: which prefix of a model id may be called from which regions.

Place in the house: models. Data and two lookups. Per model the truth is ListInferenceProfiles in
the region that is asked.

Source: behaviour specification, REGION-05.
"""

from fnmatch import fnmatchcase
from typing import Final

import msgspec


class Geography(msgspec.Struct, frozen=True, kw_only=True):
    """A group of regions that one kind of inference profile spans."""

    prefix: str
    """First label of its profile ids: ``"us"`` for ``us.anthropic...``."""
    sources: tuple[str, ...]
    """Regions it may be called from, as shell patterns."""
    default: str
    """Region to call it from where nobody chose one."""
    not_from: tuple[str, ...] = ()
    """Exceptions from `sources`."""

    def contains(self, region: str) -> bool:
        """Tell whether profiles of this geography may be called from `region`."""
        return _matches(region, self.sources) and not _matches(region, self.not_from)


_APART: Final = ("us-gov-*", "us-iso*", "eu-isoe-*", "cn-*", "eusc-*")
"""Partitions of their own, which global profiles do not reach."""

GEOGRAPHIES: Final = (
    # Some models are called ``us.`` in Canada and in GovCloud too; which, AWS knows.
    Geography(
        prefix="us",
        sources=("us-east-[12]", "us-west-[12]", "ca-central-1", "us-gov-*"),
        default="us-east-1",
    ),
    Geography(prefix="eu", sources=("eu-*",), default="eu-west-1", not_from=("eu-isoe-*",)),
    Geography(prefix="apac", sources=("ap-*",), default="ap-southeast-1"),
    Geography(prefix="jp", sources=("ap-northeast-1", "ap-northeast-3"), default="ap-northeast-1"),
    Geography(
        prefix="au",
        sources=("ap-southeast-2", "ap-southeast-4", "ap-southeast-6"),
        default="ap-southeast-2",
    ),
    Geography(prefix="ca", sources=("ca-central-1", "ca-west-1"), default="ca-central-1"),
    Geography(prefix="us-gov", sources=("us-gov-*",), default="us-gov-west-1"),
    Geography(prefix="global", sources=("*",), default="us-east-1", not_from=_APART),
)
"""All of them. A region may be in several."""

REWRITTEN: Final = {"ap": "apac"}
"""Prefixes that people write, and what AWS calls them."""

_BY_PREFIX: Final = {each.prefix: each for each in GEOGRAPHIES}
# Where profiles of a region's own country and of its continent exist, the continent has more.
_HOME_ORDER: Final = ("ca", "us-gov", "us", "eu", "apac")


def geography(prefix: str) -> Geography | None:
    """Return the geography with this prefix; None where we know nothing of it."""
    return _BY_PREFIX.get(prefix)


def geography_of(region: str) -> Geography | None:
    """Return the geography `region` lies in; None for regions that are in no group but global's."""
    homes = (_BY_PREFIX[prefix] for prefix in _HOME_ORDER)
    return next((each for each in homes if each.contains(region)), None)


def _matches(region: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(region, pattern) for pattern in patterns)
