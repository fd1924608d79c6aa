"""Chooses the engine by its name on the command line.

Place in the house: emulator, engines. The only module that knows them all; the model's runtime is
loaded only when it is chosen.

    engine = make_engine("script:rules.yaml")

``echo``, ``script:FILE``, ``smollm2``, or ``auto``: the model where it runs, else ``echo``, said
aloud.

Source: architecture, "emulator"; behaviour specification, EMU-04.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from outcrop.emulator.engines.echo import EchoEngine
from outcrop.emulator.engines.interface import Engine, EngineUnavailable
from outcrop.emulator.engines.script import load_script
from outcrop.errors import ConfigError


def make_engine(spec: str, *, say: Callable[[str], object]) -> Engine:
    """Return the engine that `spec` names, ready to answer.

    Args:
        spec: ``"auto"``, ``"echo"``, ``"smollm2"`` or ``"script:FILE"``.
        say: Tells the user that ``auto`` could not have the model, and why.

    Raises:
        ConfigError: No such engine, or its file is wrong.
        EngineUnavailable: The engine named cannot run here.
    """
    name, _, argument = spec.partition(":")
    if name == "script":
        return _script(argument)
    maker = _MAKERS.get(spec)
    if maker is None:
        raise ConfigError(
            f'There is no engine "{spec}"', hint="Use auto, echo, script:FILE or smollm2"
        )
    return maker(say)


def _auto(say: Callable[[str], object]) -> Engine:
    try:
        return _smollm2(say)
    except EngineUnavailable as error:
        say(f"NO MODEL: {error.reason}. Answering with the echo engine. {error.remedy}.")
        return _echo(say)


def _echo(_say: Callable[[str], object]) -> Engine:
    return EchoEngine()


def _smollm2(_say: Callable[[str], object]) -> Engine:
    # Importing it loads a library of 100 MB.
    from outcrop.emulator.engines.smollm2 import load  # noqa: PLC0415

    return load()


def _script(file: str) -> Engine:
    if not file:
        raise ConfigError("The script engine needs a file", hint="Use script:FILE")
    return load_script(file)


_MAKERS: Final[Mapping[str, Callable[[Callable[[str], object]], Engine]]] = MappingProxyType(
    {"auto": _auto, "echo": _echo, "smollm2": _smollm2}
)
