"""What a request says beside its body: headers of InvokeModel and of the runtime's HTTP paths.

Place in the house: flow. Pure. A wire names what its headers carry; that much is taken out of the
request before its codec sees it, and said in headers instead. Without this a guardrail would be
lost on the way to a native body, and the call would run unguarded.

Source: behaviour specification, WIRE-07, CONV-07, GUARD-01.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from outcrop.errors import BadRequestError
from outcrop.http import Headers
from outcrop.types.requests import Guardrail, Request

PREFIX: Final = "x-amzn-bedrock-"
DRAFT: Final = "DRAFT"
"""The version of a guardrail that is used where none is named (GUARD-01)."""

USER_LABEL: Final = "user_id"
"""The one label that has a place in some bodies as well."""


def without_beside(request: Request, carried: frozenset[str]) -> Request:
    """Return `request` without what headers carry."""
    rest: dict[str, Any] = {}
    if "guardrail" in carried and request.guardrail is not None:
        mode = request.guardrail.stream_mode
        rest["guardrail"] = Guardrail(stream_mode=mode) if mode is not None else None
    if "latency" in carried and request.latency is not None:
        rest["latency"] = None
    if "service_tier" in carried and request.service_tier is not None:
        rest["service_tier"] = None
    if "request_metadata" in carried and request.request_metadata:
        user = request.request_metadata.get(USER_LABEL)
        rest["request_metadata"] = None if user is None else {USER_LABEL: user}
    return msgspec.structs.replace(request, **rest) if rest else request


def headers_beside(request: Request, carried: frozenset[str]) -> Headers:
    """Return the headers that say what `without_beside` took out.

    Raises:
        BadRequestError: A guardrail has no identifier.
    """
    if not carried:
        return ()
    guardrail = request.guardrail or Guardrail()
    if request.guardrail is not None and not guardrail.identifier:
        raise BadRequestError(
            "The guardrail has no identifier", hint="name its id or its ARN, or leave it out"
        )
    return encode_beside(
        guardrail,
        latency=request.latency if "latency" in carried else None,
        service_tier=request.service_tier if "service_tier" in carried else None,
        request_metadata=request.request_metadata if "request_metadata" in carried else None,
    )


def encode_beside(
    guardrail: Guardrail,
    *,
    trace: str | None = None,
    latency: str | None = None,
    service_tier: str | None = None,
    request_metadata: Mapping[str, str] | None = None,
) -> Headers:
    """Return the headers that say what is given; the guardrail's own word of tracing is first."""
    traced = guardrail.trace or trace
    told = {
        "trace": traced and traced.upper(),
        "guardrailidentifier": guardrail.identifier,
        "guardrailversion": guardrail.identifier and (guardrail.version or DRAFT),
        "performanceconfig-latency": latency,
        "service-tier": service_tier,
        # Headers hold no more than Latin-1: json escapes the rest.
        "request-metadata": _labels(request_metadata),
    }
    return tuple((PREFIX + name, value) for name, value in told.items() if value)


def _labels(labels: Mapping[str, str] | None) -> str | None:
    return json.dumps(dict(labels), separators=(",", ":")) if labels else None
