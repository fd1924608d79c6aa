"""Says in one line which extra a command is missing.

Place in the house: cli.
"""

from importlib.util import find_spec

from outcrop.errors import ConfigError


def need_server(what: str) -> None:
    """Check that a server can be loaded.

    Raises:
        ConfigError: It cannot; the hint names the extra.
    """
    if find_spec("uvicorn") is None:
        raise ConfigError(
            f"{what} needs the gateway extra", hint="run pip install 'outcrop[gateway]'"
        )
