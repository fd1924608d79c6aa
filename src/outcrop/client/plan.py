"""What both clients share: settings made into targets, and a client's memory.

Place in the house: client. Reads the environment and the clock once, hands them down, and does no
I/O besides.

Source: behaviour specification, CONF-14, CONF-15, LIB-02, WIRE-13.
"""

import logging
import os
import random
import time
from collections.abc import Mapping
from typing import Any, Final, TypedDict

import msgspec

from outcrop import __version__
from outcrop.errors import BadRequestError, ConfigError, UnsupportedError
from outcrop.flow.endpoint import resolve_endpoints
from outcrop.flow.purpose import require_purpose
from outcrop.flow.retry import RetryPolicy
from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.flow.wires import choose_wire
from outcrop.http import Headers, Timeouts
from outcrop.models.ids import ModelId, parse_model_id
from outcrop.protocols.endpoints import Endpoint, agent_endpoint, service_of
from outcrop.settings.limits import control_timeouts, embedding_timeouts
from outcrop.settings.resolve import Settings, resolve
from outcrop.settings.values import Value
from outcrop.transport.options import TransportOptions
from outcrop.transport.proxies import resolve_proxies
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment

USER_AGENT: Final = f"outcrop/{__version__}"

_log: Final = logging.getLogger("outcrop.client")

_REMEMBERED: Final = 256
_REFUSED_HEADERS: Final = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-amz-content-sha256",
        "x-amz-date",
        "x-amz-security-token",
    }
)
_CA_VARIABLES: Final = ("OUTCROP_CA_BUNDLE", "AWS_CA_BUNDLE")


class ClientOptions(TypedDict, total=False):
    """How to reach Bedrock. What is left out comes from the environment, then from defaults."""

    region: str
    """AWS region code, e.g. ``"eu-west-1"``."""
    base_url: str
    """Where models are called: a URL, or a region."""
    control_base_url: str
    """Where models are listed: a URL."""
    api_key: str
    """A Bedrock API key."""
    access_key_id: str
    secret_access_key: str
    secret_key: str
    """Another name for ``secret_access_key``."""
    session_token: str
    model: str
    """For calls that name none."""
    api: str
    """``"auto"``, ``"converse"``; ``"native"``: the body of the model's own vendor by InvokeModel,
    ``"anthropic"`` and ``"openai"``: that body, where the model has it."""
    use_converse: bool
    max_tokens: int
    temperature: float
    top_p: float
    timeout: float | Timeouts
    """Seconds to the first byte and between two chunks, or each stage on its own."""
    max_retries: int
    unsupported_params: str
    """``"warn"``: what a model cannot be told is left out, visibly. ``"error"``: refused."""
    headers: Mapping[str, str]
    """On every request; ``user-agent`` is added to ours."""
    ca_bundle: str
    """A PEM file whose certificates are trusted besides the system's own."""
    max_connections: int
    """Connections open at once; further calls wait their turn. 100 by default."""
    environ: Mapping[str, str]
    """Instead of the process's own environment."""
    dotenv: str
    """The text of a ``.env`` file; the environment wins over it. No file is read by itself."""


class Plan:
    """Everything a client knows before a call. Shared by all its calls; holds no connection."""

    def __init__(self, options: ClientOptions) -> None:
        """Read the settings.

        Raises:
            ConfigError: A setting cannot be read, or contradicts another. Missing credentials are
                no error here; the first call raises it.
        """
        environ = options.get("environ", os.environ)
        self.settings: Settings = resolve(environ=environ, **_settings_of(options))
        for notice in self.settings.notices:
            _log.warning("outcrop: %s", notice)
        self.session = Session(clock=time.time, random=_chance)
        self.transport_options = _transport_options(options, environ)
        self._headers = _headers(options.get("headers", {}))
        self._targets: dict[str, Target] = {}
        if self.settings.api.value not in _APIS:
            raise UnsupportedError(
                f"{self.settings.api.origin} asks for the API {self.settings.api.value}",
                hint=f"this version knows {', '.join(sorted(_APIS))}",
            )

    @property
    def model(self) -> str | None:
        """The model of calls that name none."""
        return self.settings.model.value if self.settings.model else None

    def target(self, model: str) -> Target:
        """Return where calls to `model` go.

        Raises:
            BadRequestError: The id is none, or belongs to another region.
            ConfigError: A URL is none, or contradicts the region.
        """
        known = self._targets.get(model)
        if known is None:
            known = self._targets[model] = self._model_target(_read_model(model))
            if len(self._targets) > _REMEMBERED:
                del self._targets[next(iter(self._targets))]
        return known

    def runtime_target(self) -> Target:
        """Return where the runtime is asked for what concerns no model.

        Raises:
            ConfigError: A URL is none, or contradicts the region.
        """
        endpoints = resolve_endpoints(self.settings.places)
        return self._target(
            endpoints.runtime,
            endpoints.region.value,
            timeouts=self.settings.timeouts.value,
        )

    def control_target(self) -> Target:
        """Return where models are listed.

        Raises:
            ConfigError: A URL is none, or contradicts the region.
        """
        endpoints = resolve_endpoints(self.settings.places)
        return self._target(
            endpoints.control,
            endpoints.region.value,
            timeouts=control_timeouts(self.settings.timeouts.value),
        )

    def embedding_target(self, model: str) -> Target:
        """Return where embeddings of `model` are asked for.

        Raises:
            BadRequestError: The id is none, or belongs to another region.
            ConfigError: A URL is none, or contradicts the region.
        """
        target = self.target(model)
        timeouts = embedding_timeouts(self.settings.timeouts)
        retry = msgspec.structs.replace(target.retry, total_s=timeouts.first_byte_s)
        return msgspec.structs.replace(target, timeouts=timeouts, retry=retry)

    def agent_target(self, model: str) -> Target:
        """Return where the agent runtime asks `model`.

        Raises:
            BadRequestError: The id is none, or belongs to another region.
            ConfigError: A URL is none, or contradicts the region.
        """
        target = self.target(model)
        endpoint = agent_endpoint(target.endpoint)
        service = service_of(endpoint.origin.host)
        return msgspec.structs.replace(target, endpoint=endpoint, service=service)

    def complete(self, request: Request) -> Request:
        """Return `request` with this client's defaults where it says nothing.

        Raises:
            BadRequestError: The model's id is none, or the model does not converse.
        """
        require_purpose(request.model, "text")
        defaults = self.settings.sampling
        vendor = _read_model(request.model).vendor
        sampling = request.sampling
        max_tokens = defaults.max_tokens_for(vendor, sampling.max_tokens)
        chosen = msgspec.structs.replace(
            sampling,
            max_tokens=max_tokens.value if max_tokens else None,
            temperature=_or_default(sampling.temperature, defaults.temperature),
            top_p=_or_default(sampling.top_p, defaults.top_p),
        )
        if chosen == sampling:
            return request
        return msgspec.structs.replace(request, sampling=chosen)

    def _model_target(self, model: ModelId) -> Target:
        if model.provider != "bedrock":
            raise UnsupportedError(
                f"{model.text} names the provider {model.provider}",
                hint="this version knows one provider: say bedrock/ or nothing",
            )
        endpoints = resolve_endpoints(self.settings.places, model)
        wire, set_aside = choose_wire(self.settings.api.value, model)
        target = self._target(
            endpoints.runtime,
            endpoints.region.value,
            timeouts=self.settings.timeouts.value,
            model=model.wire,
            adjustments=endpoints.adjustments + set_aside,
        )
        return msgspec.structs.replace(target, wire=wire, vendor=model.vendor)

    def _target(
        self,
        endpoint: Endpoint,
        region: str,
        *,
        timeouts: Timeouts,
        model: str = "",
        adjustments: tuple[Adjustment, ...] = (),
    ) -> Target:
        return Target(
            endpoint=endpoint,
            region=region,
            service=service_of(endpoint.origin.host),
            credentials=self.settings.credentials,
            model=model,
            headers=self._headers,
            timeouts=timeouts,
            retry=RetryPolicy(
                max_retries=self.settings.max_retries.value, total_s=timeouts.first_byte_s
            ),
            strict_parameters=self.settings.strict_parameters,
            adjustments=adjustments,
        )


_APIS: Final = frozenset({"auto", "converse", "native", "anthropic", "openai", "responses"})
_SETTINGS: Final = (
    "dotenv",
    "region",
    "base_url",
    "control_base_url",
    "api_key",
    "access_key_id",
    "secret_access_key",
    "secret_key",
    "session_token",
    "model",
    "api",
    "use_converse",
    "max_tokens",
    "temperature",
    "top_p",
    "timeout",
    "max_retries",
    "unsupported_params",
)


def _settings_of(options: ClientOptions) -> Mapping[str, Any]:
    unknown = options.keys() - ClientOptions.__annotations__.keys()
    if unknown:
        raise ConfigError(
            f"unknown client options: {', '.join(sorted(unknown))}",
            hint=f"known are: {', '.join(sorted(ClientOptions.__annotations__))}",
        )
    return {name: value for name, value in options.items() if name in _SETTINGS}


def _transport_options(options: ClientOptions, environ: Mapping[str, str]) -> TransportOptions:
    given = (options.get("ca_bundle"), *(environ.get(name) for name in _CA_VARIABLES))
    bundle = next((path.strip() for path in given if path and path.strip()), None)
    return TransportOptions(
        ca_bundles=(bundle,) if bundle else (),
        proxies=resolve_proxies(environ),
        max_connections=_places(options.get("max_connections", TransportOptions().max_connections)),
    )


def _places(given: int) -> int:
    # With no place at all every call would wait for one for ever.
    if given < 1:
        raise ConfigError(
            f"max_connections= is {given}: no call could be sent", hint="give a number from 1"
        )
    return given


def _read_model(model: str) -> ModelId:
    try:
        return parse_model_id(model)
    except BadRequestError as error:
        error.param = "model"
        raise


def _headers(given: Mapping[str, str]) -> Headers:
    refused = [name for name in given if name.lower() in _REFUSED_HEADERS]
    if refused:
        raise ConfigError(
            f"headers may not hold {', '.join(refused)}",
            hint="leave them out, outcrop writes them itself",
        )
    agents = [value for name, value in given.items() if name.lower() == "user-agent"]
    own = ("user-agent", " ".join([USER_AGENT, *agents]))
    return (own, *((name, value) for name, value in given.items() if name.lower() != "user-agent"))


def _chance() -> float:
    return random.random()  # noqa: S311 - it spreads retries, and hides nothing


def _or_default(said: float | None, default: Value[float] | None) -> float | None:
    return said if said is not None or default is None else default.value
