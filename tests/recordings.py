"""Recorded Bedrock traffic and the public test vectors beside it, as values.

Place in the house: tests only. The recordings stand outside the project, in the folder that
`OUTCROP_RECORDINGS` names; their README says what each member means.

    @pytest.mark.parametrize("recorded", cases("converse", fidelity="http"))
    def test_decode(recorded: Interaction) -> None: ...

    @pytest.mark.parametrize("case", vectors("sigv4/aws4_testsuite", "get-*"))
    def test_sign(case: Path) -> None: ...

Both give readable ids and refuse to find nothing: the test would pass by testing nothing. Where
there are no recordings at all, such tests are skipped, or fail under `OUTCROP_REQUIRE_ALL=1`.
"""

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from _pytest.mark.structures import ParameterSet

from tests.absence import absent, everything_required

_PROJECT = Path(__file__).parent.parent


class _Half(msgspec.Struct, frozen=True, kw_only=True):
    """What request and response have in common."""

    headers: Mapping[str, str] = {}
    body: Any = None
    body_text: str | None = None
    body_base64: str | None = None

    @property
    def data(self) -> bytes:
        """The body as bytes: exact for streams and texts, JSON written anew for the others."""
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        if self.body_text is not None:
            return self.body_text.encode()
        return b"" if self.body is None else msgspec.json.encode(self.body)


class RecordedRequest(_Half, frozen=True, kw_only=True):
    """What was asked. Members that the recorder did not keep are None."""

    method: str
    host: str | None = None
    path: str | None = None
    """As recorded, percent-encoding included."""


class RecordedResponse(_Half, frozen=True, kw_only=True):
    """What the service answered."""

    status: int


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """One request and its reply. Shared between tests: take copies of what is changed."""

    id: str
    api: str
    """``"converse"``, ``"converse_stream"``, ``"invoke"``, ``"invoke_stream"``, ``"other"`` ..."""
    operation: str
    family: str
    features: tuple[str, ...]
    fidelity: str
    """``"http"`` as on the wire; the others lack or changed something, the README says what."""
    model_id: str | None = None
    model_valid: bool | None = None
    stream_ok: bool | None = None
    stream_event_types: Mapping[str, int] = {}
    stream_chunk_sizes: tuple[int, ...] = ()
    request: RecordedRequest
    response: RecordedResponse

    @property
    def status(self) -> int:
        """HTTP status of the reply."""
        return self.response.status

    @property
    def request_body(self) -> Any:
        """The request's JSON; None where it was not kept."""
        return self.request.body

    @property
    def response_body(self) -> Any:
        """The reply's JSON; None where it is a stream or a text."""
        return self.response.body

    @property
    def stream_bytes(self) -> bytes:
        """The reply's event stream, byte for byte; empty where it is none."""
        return self.response.data if self.response.body_base64 is not None else b""

    def __str__(self) -> str:
        """Return the id, which names the test in the report."""
        return self.id


def recordings_root() -> Path:
    """Return the folder of the recordings, which need not exist."""
    named = os.environ.get("OUTCROP_RECORDINGS", "../shared/recordings")
    return (_PROJECT / named).resolve()


def interactions(
    *apis: str,
    fidelity: str | Iterable[str] = (),
    where: Callable[[Interaction], bool] | None = None,
) -> list[Interaction]:
    """Return the recorded interactions, in the order of the index.

    Args:
        apis: Keep these only; none given keeps all.
        fidelity: Keep this one, or these only; empty keeps all.
        where: Keep those of which this is true.

    Raises:
        LookupError: Nothing is left: the test would pass by testing nothing.
    """
    wanted = {fidelity} if isinstance(fidelity, str) else set(fidelity)
    kept = [
        each
        for each in _all_interactions(_existing_root())
        if (not apis or each.api in apis)
        and (not wanted or each.fidelity in wanted)
        and (where is None or where(each))
    ]
    if not kept:
        message = f"no recording of {apis or 'any api'} with fidelity {wanted or 'any'} is left"
        raise LookupError(message)
    return kept


def cases(
    *apis: str,
    fidelity: str | Iterable[str] = (),
    where: Callable[[Interaction], bool] | None = None,
) -> list[ParameterSet]:
    """Return `interactions` as parameters of a test, named by their ids."""
    if not recordings_root().is_dir():
        return [_absent_case()]
    found = interactions(*apis, fidelity=fidelity, where=where)
    return [pytest.param(each, id=each.id) for each in found]


def vectors(folder: str, pattern: str = "*") -> list[ParameterSet]:
    """Return the files and folders in `folder` that match `pattern`, as parameters of a test.

    Raises:
        LookupError: Nothing matches: the test would pass by testing nothing.
    """
    if not recordings_root().is_dir():
        return [_absent_case()]
    root = recordings_root() / folder
    found = sorted(root.glob(pattern))
    if not found:
        message = f"no test vector matches {folder}/{pattern}"
        raise LookupError(message)
    return [pytest.param(each, id=each.relative_to(root).as_posix()) for each in found]


def path(*parts: str) -> Path:
    """Return a file or folder of the recordings; call it inside a test."""
    found = _existing_root().joinpath(*parts)
    if not found.exists():
        message = f"the recordings hold no {'/'.join(parts)}"
        raise LookupError(message)
    return found


def _existing_root() -> Path:
    root = recordings_root()
    if not root.is_dir():
        absent(_absence())
    return root


def _absence() -> str:
    return f"no recordings at {recordings_root()}: name their folder in OUTCROP_RECORDINGS"


def _absent_case() -> ParameterSet:
    # Parameters are made while tests are collected. Failing here stops the run with one line;
    # skipping here would take the tests beside this one along.
    if everything_required():
        absent(_absence())
    return pytest.param(None, id="recordings-absent", marks=pytest.mark.skip(reason=_absence()))


@cache
def _all_interactions(root: Path) -> tuple[Interaction, ...]:
    lines = (root / "index.jsonl").read_bytes().splitlines()
    files = [msgspec.json.decode(line)["file"] for line in lines]
    return tuple(
        msgspec.json.decode((root / file).read_bytes(), type=Interaction) for file in files
    )
