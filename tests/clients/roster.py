"""Who is run: one row a client.

Place in the house: tests only. To add one, see README.md.
"""

import shutil
import sys
from pathlib import Path

import msgspec

from tests.clients.environments import (
    ROOM,
    debian_package,
    python_environment,
    python_in,
)
from tests.clients.node import npm_environment

PROGRAMS = ROOM / "programs"
NPM = "npm"
CURL = "curl"


class Client(msgspec.Struct, frozen=True):
    """A client, and what drives it."""

    name: str
    against: str
    """What of ours it talks to."""
    environment: str
    """``npm``, ``curl``, or the name of a lock in ``requirements/``."""
    program: str
    """File in ``programs/``."""


CLIENTS = (
    Client("langchain-openai", "gateway", "langchain", "langchain_openai.py"),
    Client("langchain-aws", "emulator", "langchain", "langchain_aws.py"),
    Client("litellm-openai", "gateway", "litellm", "litellm_openai.py"),
    Client("litellm-bedrock", "emulator", "litellm", "litellm_bedrock.py"),
    Client("pydantic-ai-openai", "gateway", "pydantic_ai", "pydantic_ai_openai.py"),
    Client("pydantic-ai-bedrock", "emulator", "pydantic_ai", "pydantic_ai_bedrock.py"),
    Client("openai-js", "gateway", NPM, "openai.mjs"),
    Client("ai-sdk-openai", "gateway", NPM, "ai_sdk_openai.mjs"),
    Client("ai-sdk-bedrock", "emulator", NPM, "ai_sdk_bedrock.mjs"),
    Client("aws-sdk-js", "emulator", NPM, "aws_sdk.mjs"),
    Client("curl", "gateway and emulator", CURL, "curl.py"),
    Client("terminal", "commands", "terminal", "terminal.py"),
)


class Runtime(msgspec.Struct, frozen=True):
    """What runs the programs of one environment."""

    interpreter: Path
    folder: Path | None = None
    """Where programs must stand to find their packages; None: anywhere."""

    def command_for(self, program: str) -> tuple[str, ...]:
        """Return the command that runs a program."""
        if self.folder is None:
            return str(self.interpreter), "-m", f"tests.clients.programs.{Path(program).stem}"
        return str(self.interpreter), str(self.folder / program)


def prepare(environment: str) -> Runtime:
    """Bring an environment to its lock.

    Raises:
        Missing: Something it needs cannot be had here.
    """
    if environment == NPM:
        return _prepare_npm()
    if environment == CURL:
        debian_package("curl")
        return Runtime(Path(sys.executable))
    return Runtime(python_in(python_environment(environment)))


def _prepare_npm() -> Runtime:
    node, folder = npm_environment()
    # A module finds packages beside itself and above, and nowhere else.
    for program in PROGRAMS.glob("*.mjs"):
        shutil.copy(program, folder)
    return Runtime(node.node, folder)
