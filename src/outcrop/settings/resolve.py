"""Every setting of a client, chosen once, each with its origin.

Place in the house: settings. Pure: arguments, environment and the text of ``.env`` in, `Settings`
out. A file or a profile comes in as one more candidate behind these.

    settings = resolve(environ=environ, region="eu-west-1")
    settings.places.region  # Value("eu-west-1", "region=")

Source: behaviour specification, CONF-01, CONF-05, CONF-10, CONF-13 to -17, CRED-01, REGION-01,
EP-01, EP-02.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from outcrop.http import Timeouts
from outcrop.settings.credentials import CredentialChoice, Passed, choose_credentials
from outcrop.settings.dotenv import parse_dotenv
from outcrop.settings.embeddings import EmbeddingDefaults, choose_embeddings
from outcrop.settings.limits import (
    SamplingDefaults,
    choose_retries,
    choose_sampling,
    choose_strictness,
    choose_timeouts,
)
from outcrop.settings.places import Places, choose_places
from outcrop.settings.values import DEFAULT, Value, Variables, argument, first_set, read_as

APIS: Final[Mapping[str, str]] = {
    "auto": "auto",
    "converse": "converse",
    "native": "native",
    "anthropic": "anthropic",
    "claude": "anthropic",
    "openai": "openai",
    "gpt": "openai",
    "responses": "responses",
    "mantle": "mantle",
}
"""What may be written, and what is meant."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one client reaches Bedrock. Shows no secret when printed."""

    places: Places = Places()
    credentials: CredentialChoice = CredentialChoice()
    model: Value[str] | None = None
    """For calls that name none."""
    api: Value[str] = Value("auto", DEFAULT)
    """A value of `APIS`: which API carries a call."""
    sampling: SamplingDefaults = SamplingDefaults()
    embeddings: EmbeddingDefaults = EmbeddingDefaults()
    timeouts: Value[Timeouts] = Value(Timeouts(), DEFAULT)
    max_retries: Value[int] = Value(3, DEFAULT)
    unsupported_params: Value[str] = Value("warn", DEFAULT)
    """``"warn"``: parameters that cannot be sent are dropped, visibly. ``"error"``: refused."""

    @property
    def strict_parameters(self) -> bool:
        """Whether parameters that cannot be sent are refused."""
        return self.unsupported_params.value == "error"

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about these choices. Missing credentials: the first call."""
        return tuple(filter(None, (self.credentials.notice,)))


def resolve(
    *,
    environ: Mapping[str, str],
    dotenv: str = "",
    region: str | None = None,
    base_url: str | None = None,
    control_base_url: str | None = None,
    api_key: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    secret_key: str | None = None,
    session_token: str | None = None,
    model: str | None = None,
    api: str | None = None,
    use_converse: bool | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    timeout: float | Timeouts | None = None,
    max_retries: int | None = None,
    unsupported_params: str | None = None,
) -> Settings:
    """Choose every setting: argument, environment, ``.env``, default.

    Args:
        environ: The environment.
        dotenv: The text of a ``.env`` file; the environment wins over it.
        region: AWS region code.
        base_url: Where models are called: a URL, or a region.
        control_base_url: Where models are listed: a URL.
        api_key: A Bedrock API key.
        access_key_id: AWS key, with `secret_access_key` and perhaps `session_token`.
        secret_access_key: Its secret.
        secret_key: Another name for `secret_access_key`.
        session_token: Of temporary keys.
        model: For calls that name none.
        api: Which API carries calls, a key of `APIS`.
        use_converse: Short for `api` ``"converse"`` (True) or ``"native"`` (False).
        max_tokens: For calls that set none; 0 and less mean unset.
        temperature: For calls that set none, 0 to 1.
        top_p: For calls that set none, 0 to 1.
        timeout: Seconds to the first byte and between chunks, or each stage on its own.
        max_retries: How often a failed call is sent again.
        unsupported_params: ``"warn"`` or ``"error"``.

    Raises:
        ConfigError: A value cannot be read, or half a key pair was passed. Missing credentials
            are no error here.
    """
    variables = Variables(environ, parse_dotenv(dotenv))
    passed = Passed(
        api_key=api_key,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        secret_key=secret_key,
        session_token=session_token,
    )
    return Settings(
        places=choose_places(
            variables, region=region, base_url=base_url, control_base_url=control_base_url
        ),
        credentials=choose_credentials(variables, passed),
        model=first_set(argument("model", model), variables.get("BEDROCK_MODEL")),
        api=_choose_api(variables, api=api, use_converse=use_converse),
        sampling=choose_sampling(
            variables, max_tokens=max_tokens, temperature=temperature, top_p=top_p
        ),
        embeddings=choose_embeddings(variables),
        timeouts=choose_timeouts(variables, timeout),
        max_retries=choose_retries(variables, max_retries),
        unsupported_params=choose_strictness(variables, unsupported_params),
    )


def _choose_api(variables: Variables, *, api: str | None, use_converse: bool | None) -> Value[str]:
    switch = {None: None, True: "converse", False: "native"}[use_converse]
    text = first_set(
        argument("api", api),
        argument("use_converse", switch),
        variables.get("BEDROCK_PROVIDER"),
    )
    if text is None:
        return Value("auto", DEFAULT)
    return read_as(text, _api, f"one of {', '.join(APIS)}")


def _api(text: str) -> str:
    try:
        return APIS[text.lower()]
    except KeyError:
        raise ValueError(text) from None
