"""Says in one line which extra a command is missing.

Place in the house: cli.
"""

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from outcrop.errors import ConfigError

_MODULES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"gateway": ("uvicorn",), "emulator": ("uvicorn", "jsonschema", "yaml")}
)
"""What must be there for an extra to be there."""


def need(extra: str, what: str) -> None:
    """Check that an extra is installed.

    Args:
        extra: ``"gateway"`` or ``"emulator"``.
        what: What needs it, for the message.

    Raises:
        ConfigError: It is not; the hint says how to install it.
    """
    if any(find_spec(module) is None for module in _MODULES[extra]):
        raise ConfigError(
            f"{what} needs the {extra} extra", hint=f"run pip install 'outcrop[{extra}]'"
        )
