"""Everything that names a model: bare ids, profiles, ARNs, first-party names.

Place in the house: models. Text in, `ModelId` out. Nothing is looked up at AWS; what an id does
not say (the model behind an application profile, say) stays empty.

    parse_model_id("us.anthropic.claude-haiku-4-5-20251001-v1:0").vendor  # "anthropic"

What goes on the wire is what was given, byte for byte, but for the prefix ``bedrock/``, the
geography ``ap.`` (AWS calls it ``apac.``) and first-party names.

Source: behaviour specification, MODEL-01, MODEL-02, MODEL-03, MODEL-06; shape
ConversationalModelId of the bedrock-runtime service model.
"""

import re
from functools import lru_cache
from typing import Final, Literal, TypeAlias, cast

import msgspec

from outcrop.errors import BadRequestError
from outcrop.models.geography import REWRITTEN, geography
from outcrop.models.rows import ROWS

VENDORS: Final = frozenset(
    {
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "xai",
        "zai",
    }
)
"""Labels of vendors that Bedrock is known to use. Others work too."""

Kind: TypeAlias = Literal[
    "base",
    "profile",
    "foundation-model",
    "inference-profile",
    "application-inference-profile",
    "provisioned-model",
    "custom-model",
    "custom-model-deployment",
    "imported-model",
    "prompt",
    "prompt-router",
    "default-prompt-router",
    "endpoint",
    "other",
]
"""``base`` and ``profile`` are bare ids, ``endpoint`` is SageMaker's; the others are Bedrock's ARN
types in AWS's own words; ``other`` is an ARN type that did not exist when this was written."""

MAX_LENGTH: Final = 2048
"""Longest id AWS takes, characters."""

_ARN_KINDS: Final = frozenset(
    {
        "foundation-model",
        "inference-profile",
        "application-inference-profile",
        "provisioned-model",
        "custom-model",
        "custom-model-deployment",
        "imported-model",
        "prompt",
        "prompt-router",
        "default-prompt-router",
    }
)
_NOT_MODELS: Final = frozenset(
    {"agent", "agent-alias", "async-invoke", "flow", "guardrail", "guardrail-profile"}
    | {"knowledge-base", "model-invocation-job"}
)
_PROVIDER: Final = re.compile(r"(?P<provider>bedrock(?:-[a-z0-9-]+)?)/|bedrock:")
_PRINTABLE: Final = re.compile(r"[!-~]+")
_ARN: Final = re.compile(
    r"arn:(?P<partition>aws(?:-[a-z-]+)?):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account>[0-9]*):(?P<kind>[a-z-]+)/(?P<name>.+)"
)
_FIRST_PARTY: Final = {alias: row.id for row in ROWS for alias in row.aliases}


class ModelId(msgspec.Struct, frozen=True, kw_only=True):
    """What one name of a model says. Empty: it does not say."""

    text: str
    """As it was given."""
    wire: str
    """What AWS is asked for."""
    kind: Kind
    provider: str = "bedrock"
    """Provider instance named before a slash: ``"bedrock"``, ``"bedrock-eu"``."""
    base: str = ""
    """Id of the foundation model, without geography."""
    vendor: str = ""
    """First label of `base`: ``"anthropic"``."""
    geo: str = ""
    """Prefix of its geography: ``"us"``, ``"global"``."""
    partition: str = ""
    region: str = ""
    account: str = ""
    """All three from an ARN."""
    first_party: bool = False
    """Whether `text` was its maker's own name, which `wire` replaces; worth a line in the log."""


@lru_cache(maxsize=512)
def parse_model_id(text: str) -> ModelId:
    """Read any name of a model.

    Raises:
        BadRequestError: It is empty, or names something that cannot be a model.
    """
    name = text.strip()
    match = _PROVIDER.match(name)
    provider = match["provider"] or "bedrock" if match else "bedrock"
    name = name[match.end() :] if match else name
    if not _PRINTABLE.fullmatch(name) or len(name) > MAX_LENGTH:
        raise BadRequestError(_complaint(name), hint=_HINT)
    read = _read_arn(name) if name.startswith("arn:") else _read_plain(name)
    return msgspec.structs.replace(read, text=text, provider=provider)


_HINT: Final = "use a model id, an inference-profile id or an ARN, as outcrop models lists them"


def _complaint(name: str) -> str:
    if not name:
        return "The model id is empty"
    if len(name) > MAX_LENGTH:
        return f"The model id is {len(name)} characters long; AWS takes {MAX_LENGTH}"
    return f"The model id {name!r} holds a blank or a character that no id has"


def _read_plain(name: str) -> ModelId:
    known = _FIRST_PARTY.get(name)
    geo, base = _split_geography(known or name)
    return ModelId(
        text=name,
        wire=f"{geo}.{base}" if geo else base,
        kind="profile" if geo else "base",
        base=base,
        vendor=_vendor_of(base),
        geo=geo,
        first_party=known is not None,
    )


def _split_geography(name: str) -> tuple[str, str]:
    first, dot, rest = name.partition(".")
    geo = REWRITTEN.get(first, first)
    second = rest.partition(".")[0]
    if not dot or not rest or first in VENDORS:
        return "", name
    return (geo, rest) if geography(geo) or second in VENDORS else ("", name)


def _vendor_of(base: str) -> str:
    vendor, dot, _ = base.partition(".")
    return vendor if dot else ""


def _read_arn(name: str) -> ModelId:
    match = _ARN.fullmatch(name)
    if match is None:
        raise BadRequestError(f"{name!r} is not a complete ARN", hint=_HINT)
    kind = _kind_of(match["service"], match["kind"])
    if kind is None:
        raise BadRequestError(
            f"The ARN names a {match['kind']} of {match['service']}, not a model", hint=_HINT
        )
    geo, base = _behind(kind, match["name"])
    return ModelId(
        text=name,
        wire=name,
        kind=kind,
        base=base,
        vendor=_vendor_of(base),
        geo=geo,
        partition=match["partition"],
        region=match["region"],
        account=match["account"],
    )


def _kind_of(service: str, kind: str) -> Kind | None:
    if service == "sagemaker":
        return "endpoint" if kind == "endpoint" else None
    if service != "bedrock" or kind in _NOT_MODELS:
        return None
    return cast("Kind", kind) if kind in _ARN_KINDS else "other"


def _behind(kind: Kind, name: str) -> tuple[str, str]:
    """Return geography and foundation model that an ARN's last part names."""
    if kind == "inference-profile":
        return _split_geography(name)
    if kind == "foundation-model":
        return "", name
    if kind == "custom-model":
        return "", name.rpartition("/")[0]
    return "", ""
