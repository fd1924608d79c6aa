"""Where Bedrock lives: hosts of regions, regions of hosts, and URLs given by people.

Place in the house: protocol layer. Knows host names and regions; knows nothing of models and
reads no environment: which setting wins is decided in `settings`.

    base = parse_base_url(runtime_url("eu-west-1"), "default")
    base.origin, base.prefix, service_of(base.origin.host), region_of_host(base.origin.host)

Source: behaviour specification, REGION-02, REGION-03, EP-01 to EP-04, WIRE-01; partitions as in
botocore/data/partitions.json.
"""

import re
from typing import Final

import msgspec

from outcrop.errors import ConfigError
from outcrop.http import DEFAULT_PORTS, Origin


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """One of the separate clouds that AWS runs."""

    name: str
    """As in an ARN: ``"aws"``, ``"aws-cn"`` ..."""
    region_prefix: str
    """What its region codes begin with; empty for the partition of all others."""
    suffix: str
    """What its host names end with."""
    dualstack_suffix: str
    """What its host names end with where they have IPv6 addresses too."""


def _partition(name: str, region_prefix: str, suffix: str, dualstack_suffix: str) -> Partition:
    return Partition(
        name=name, region_prefix=region_prefix, suffix=suffix, dualstack_suffix=dualstack_suffix
    )


PARTITIONS: Final = (
    _partition("aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    _partition("aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    _partition("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    _partition("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    _partition("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    _partition("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    _partition("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    _partition("aws", "", "amazonaws.com", "api.aws"),
)
"""All of them; the first whose prefix fits a region is its own."""

SIGNING_NAMES: Final = {
    "bedrock": "bedrock",
    "bedrock-runtime": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-mantle": "bedrock-mantle",
}
"""Host label to the service name that a signature carries. They differ."""

_CONTROL_LABELS: Final = {
    "bedrock": "bedrock",
    "bedrock-fips": "bedrock-fips",
    "bedrock-runtime": "bedrock",
    "bedrock-runtime-fips": "bedrock-fips",
}

_AGENT_LABELS: Final = {
    "bedrock-runtime": "bedrock-agent-runtime",
    "bedrock-runtime-fips": "bedrock-agent-runtime-fips",
}

_REGION: Final = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
_SUFFIXES: Final = tuple(
    f".{suffix}" for row in PARTITIONS for suffix in (row.suffix, row.dualstack_suffix)
)
_MAX_PORT: Final = 65535
_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?:(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)|\[(?P<address>[0-9A-Fa-f:.]+)\])"
    r"(?::(?P<port>\d{1,5}))?"
    r"(?P<prefix>/[!-\"$->@-~]*)?",  # printable ASCII but # and ?
    re.IGNORECASE,
)

# Whatever stands before the last @ may be a password, and is not for messages.
_USER: Final = re.compile(r"^(\w+://)?.*@", re.DOTALL)


class Endpoint(msgspec.Struct, frozen=True):
    """Where requests go: a connection, and a path before theirs."""

    origin: Origin
    prefix: str = ""
    """Empty, or begins with ``/`` and does not end with it."""

    def __str__(self) -> str:
        """Return the URL."""
        return f"{self.origin}{self.prefix}"


def is_region(text: str) -> bool:
    """Tell whether `text` has the form of a region code; it need not exist."""
    return _REGION.fullmatch(text) is not None


def partition_of(region: str) -> Partition:
    """Return the partition that `region` belongs to, judged by its first letters."""
    return next(row for row in PARTITIONS if region.startswith(row.region_prefix))


def runtime_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return where models are called in `region`."""
    return _url("bedrock-runtime", region, fips=fips, dualstack=dualstack)


def control_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return where models are listed in `region`."""
    return _url("bedrock", region, fips=fips, dualstack=dualstack)


def agent_url(region: str, *, fips: bool = False, dualstack: bool = False) -> str:
    """Return where agents are run, and documents put in order, in `region`."""
    return _url("bedrock-agent-runtime", region, fips=fips, dualstack=dualstack)


def control_endpoint(runtime: Endpoint) -> Endpoint:
    """Return where models are listed for one who calls them at `runtime`.

    On AWS's own hosts that is the neighbour. A VPC endpoint serves one of the two, so there it is
    the public host of the region. Any other host, a proxy say, is taken to serve both.
    """
    region = region_of_host(runtime.origin.host)
    if not region:
        return runtime
    label, dot, rest = runtime.origin.host.partition(".")
    if label not in _CONTROL_LABELS:
        return parse_base_url(control_url(region), "control URL")
    origin = Origin(runtime.origin.scheme, _CONTROL_LABELS[label] + dot + rest, runtime.origin.port)
    return Endpoint(origin, runtime.prefix)


def agent_endpoint(runtime: Endpoint) -> Endpoint:
    """Return where agents are run for one who calls models at `runtime`.

    On AWS's own hosts that is the neighbour, and beside a VPC endpoint the region's public host.
    Any other host, a proxy say, is taken to serve both.
    """
    region = region_of_host(runtime.origin.host)
    if not region:
        return runtime
    label, dot, rest = runtime.origin.host.partition(".")
    if label not in _AGENT_LABELS:
        return parse_base_url(agent_url(region), "agent runtime URL")
    origin = Origin(runtime.origin.scheme, _AGENT_LABELS[label] + dot + rest, runtime.origin.port)
    return Endpoint(origin, runtime.prefix)


def region_of_host(host: str) -> str:
    """Return the region that a host of AWS serves; empty where it names none, or is not AWS's.

    Args:
        host: Host name, with or without a port.
    """
    name = _bare(host)
    if not name.endswith(_SUFFIXES):
        return ""
    labels = name.split(".")
    place = next((n for n, label in enumerate(labels) if _service(label)), len(labels))
    region = labels[place + 1] if place + 1 < len(labels) else ""
    return region if is_region(region) else ""


def service_of(host: str) -> str:
    """Return the signing name for requests to `host`; ``"bedrock"`` where it says nothing."""
    names = (_service(label) for label in _bare(host).split("."))
    return next((name for name in names if name), "bedrock")


def parse_base_url(text: str, name: str) -> Endpoint:
    """Read an absolute http or https URL. A path is kept, to stand before every request's.

    Args:
        text: The URL.
        name: The setting it came from, for the message.

    Raises:
        ConfigError: It is not one.
    """
    match = _URL.fullmatch(text.strip())
    if match is None or not 0 < int(match["port"] or 1) <= _MAX_PORT:
        raise ConfigError(_bad_url(text, name))
    scheme = match["scheme"].lower()
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    host = (match["name"] or match["address"]).lower()
    return Endpoint(Origin(scheme, host, port), (match["prefix"] or "").rstrip("/"))


def _url(service: str, region: str, *, fips: bool, dualstack: bool) -> str:
    partition = partition_of(region)
    suffix = partition.dualstack_suffix if dualstack else partition.suffix
    return f"https://{service}{'-fips' if fips else ''}.{region}.{suffix}"


def _service(label: str) -> str:
    return SIGNING_NAMES.get(label.removesuffix("-fips"), "")


def _bare(host: str) -> str:
    return host.lower().partition(":")[0].rstrip(".")


def _bad_url(text: str, name: str) -> str:
    shown = _USER.sub(r"\1***@", text)
    return (
        f'{name} "{shown}" is not an absolute http(s) URL; '
        "use https://host[:port][/path] or a region"
    )
