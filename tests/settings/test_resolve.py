"""Every setting at once."""

import pytest

from outcrop.errors import ConfigError
from outcrop.settings.credentials import CredentialChoice
from outcrop.settings.limits import SamplingDefaults
from outcrop.settings.places import Places
from outcrop.settings.resolve import Settings, resolve
from outcrop.settings.values import Value
from outcrop.types.credentials import Bearer


def test_an_empty_environment_is_enough() -> None:
    """CONF-05, CRED-08: nothing is required to start."""
    settings = resolve(environ={})

    assert settings == Settings()
    assert settings.places == Places()
    assert settings.credentials == CredentialChoice()
    assert settings.sampling == SamplingDefaults()
    assert settings.max_retries == Value(3, "default")
    assert settings.notices == ()


def test_every_argument_arrives() -> None:
    """An option that is parsed and ignored is worse than none."""
    settings = resolve(
        environ={},
        region="eu-west-1",
        base_url="https://runtime.example",
        control_base_url="https://control.example",
        api_key="ABSKx",
        model="maker.model-1",
        api="converse",
        max_tokens=10,
        temperature=0.5,
        top_p=0.75,
        timeout=5,
        max_retries=1,
        unsupported_params="error",
    )

    assert settings.places.region == Value("eu-west-1", "region=")
    assert settings.places.base_url == Value("https://runtime.example", "base_url=")
    assert settings.places.control_base_url == Value("https://control.example", "control_base_url=")
    assert settings.credentials.credentials == Bearer("ABSKx")
    assert settings.model == Value("maker.model-1", "model=")
    assert settings.api == Value("converse", "api=")
    assert settings.sampling.max_tokens == Value(10, "max_tokens=")
    assert settings.sampling.temperature == Value(0.5, "temperature=")
    assert settings.sampling.top_p == Value(0.75, "top_p=")
    assert settings.timeouts.value.first_byte_s == 5
    assert settings.max_retries == Value(1, "max_retries=")
    assert settings.strict_parameters


def test_dotenv_fills_gaps() -> None:
    """CONF-01: the environment, then the file, name by name."""
    settings = resolve(
        environ={"AWS_REGION": "eu-west-1"},
        dotenv="AWS_REGION=us-west-2\nBEDROCK_MODEL=maker.model-1\n",
    )

    assert settings.places.ambient_region == Value("eu-west-1", "AWS_REGION")
    assert settings.model == Value("maker.model-1", "BEDROCK_MODEL in .env")


@pytest.mark.parametrize(
    ("environ", "api", "use_converse", "expected"),
    [
        ({}, None, None, Value("auto", "default")),
        ({"BEDROCK_PROVIDER": " Claude "}, None, None, Value("anthropic", "BEDROCK_PROVIDER")),
        ({"BEDROCK_PROVIDER": "GPT"}, None, None, Value("openai", "BEDROCK_PROVIDER")),
        ({"BEDROCK_PROVIDER": "native"}, None, True, Value("converse", "use_converse=")),
        ({"BEDROCK_PROVIDER": "converse"}, None, False, Value("native", "use_converse=")),
        ({"BEDROCK_PROVIDER": "native"}, "responses", False, Value("responses", "api=")),
    ],
)
def test_api(
    environ: dict[str, str],
    api: str | None,
    use_converse: bool | None,  # noqa: FBT001
    expected: Value[str],
) -> None:
    """CONF-13, ROUTE-03: the order, and the names that mean the same."""
    assert resolve(environ=environ, api=api, use_converse=use_converse).api == expected


def test_unknown_api() -> None:
    """CONF-04: the message lists what is known."""
    with pytest.raises(
        ConfigError, match="BEDROCK_PROVIDER is 'vertex', not one of auto, converse"
    ):
        resolve(environ={"BEDROCK_PROVIDER": "vertex"})


def test_notices() -> None:
    """What is odd about a choice is there to be logged once."""
    swapped = resolve(environ={}, api_key="AKIAIOSFODNN7EXAMPLE", secret_key="s")
    half = resolve(environ={"AWS_ACCESS_KEY_ID": "AKIAX"})

    assert swapped.notices == ("api_key= is an AWS access key id: used as access_key_id=",)
    assert half.notices == ()
    assert half.credentials.problem == "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"


def test_settings_show_no_secret() -> None:
    """CRED-10: `print(client.settings)` ends up in issues."""
    settings = resolve(
        environ={"AWS_BEARER_TOKEN_BEDROCK": "topsecret"},
        dotenv="AWS_SECRET_ACCESS_KEY=topsecret",
    )

    assert "topsecret" not in repr(settings)
