"""The lock of the npm packages, held to the same rules as those of the Python packages."""

from pathlib import Path

import msgspec

LOCK = Path(__file__).parent / "npm" / "package-lock.json"


class _Package(msgspec.Struct):
    version: str = ""
    integrity: str = ""
    resolved: str = ""


class _Lock(msgspec.Struct):
    packages: dict[str, _Package]


def test_lock_names_no_place() -> None:
    """Whoever installs chooses the registry; what comes from it is checked."""
    packages = msgspec.json.decode(LOCK.read_bytes(), type=_Lock).packages

    installed = {name: package for name, package in packages.items() if name}

    assert "node_modules/openai" in installed
    assert [name for name, package in installed.items() if package.resolved] == []
    assert [name for name, package in installed.items() if not package.integrity] == []
