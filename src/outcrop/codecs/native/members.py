"""JSON objects read member by member: what is taken is known, what remains is kept.

Place in the house: the native codecs. Knows JSON and no wire form.

    members = Members(body, BadRequestError)
    prompt = members.take(str, ("prompt",))
    kept = members.rest()              # whatever nobody took, unparsed
    again = write({("prompt",): prompt}, kept)

Null counts as absent, and so does an empty object of which nothing is known.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from outcrop.errors import BadRequestError, OutcropError
from outcrop.types.json import Extra

Path: TypeAlias = tuple[str, ...]
"""Names from the outermost object to the member."""

Kind = TypeVar("Kind")

_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL: Final = msgspec.Raw(b"null")


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


class Members:
    """One object under reading."""

    __slots__ = ("_error", "_inner", "_left", "_path")

    def __init__(
        self, data: bytes | msgspec.Raw, error: type[OutcropError], path: str = ""
    ) -> None:
        """Open an object.

        Args:
            data: The object as JSON.
            error: What is raised where it is not what it should be; `param` names the place.
            path: Where the object stands in the document, for the message.

        Raises:
            OutcropError: `data` is no JSON object.
        """
        self._error = error
        self._path = path
        self._inner: dict[str, Members] = {}
        if not path:
            _check_text(data, error)
        self._left = self._decode(dict[str, msgspec.Raw], data, path)

    def take(self, kind: type[Kind], path: Path) -> Kind | None:
        """Return the member at `path`, which is known from now on; None where there is none.

        Raises:
            OutcropError: It is of another kind.
        """
        name, *below = path
        if below:
            inner = self.open(name)
            return None if inner is None else inner.take(kind, tuple(below))
        raw = self._left.pop(name, _NULL)
        return None if raw == _NULL else self._decode(kind, raw, self._below(name))

    def take_count(self, path: Path) -> int | None:
        """Return the whole number at `path`, which may be written as a float; None without one.

        Raises:
            OutcropError: It is no whole number.
        """
        number = self.take(int | float, path)  # type: ignore[arg-type] # msgspec takes unions
        if number is None or number == int(number):
            return None if number is None else int(number)
        raise self._refuse(self.place(path), "is no whole number")

    def __contains__(self, name: str) -> bool:
        """Tell whether a member is there and was not taken."""
        return self.peek(name) != _NULL

    def add(self, kept: Mapping[str, msgspec.Raw]) -> None:
        """Keep more members than were read here."""
        self._left |= kept

    def peek(self, name: str) -> msgspec.Raw:
        """Return a member without taking it; null where there is none."""
        return self._left.get(name, _NULL)

    def peek_count(self, name: str) -> int | None:
        """Return a whole number without taking it; None where there is none."""
        number = self._decode(int | float | None, self.peek(name), self._below(name))  # type: ignore[arg-type] # msgspec takes unions
        return None if number is None else int(number)

    def open(self, name: str) -> "Members | None":
        """Return the object under `name`, to be taken from; None where there is none.

        Raises:
            OutcropError: It is no object.
        """
        if name not in self._inner:
            raw = self._left.get(name, _NULL)
            if raw == _NULL:
                return None
            self._inner[name] = Members(raw, self._error, self._below(name))
        return self._inner[name]

    def take_list(self, path: Path) -> "tuple[Members, ...]":
        """Return the objects of a list; none where there is no list.

        Raises:
            OutcropError: It is no list of objects.
        """
        return self.each(path, self.take(list[msgspec.Raw], path) or ())

    def each(self, path: Path, raws: Sequence[msgspec.Raw]) -> "tuple[Members, ...]":
        """Open objects that were taken from a list.

        Raises:
            OutcropError: One is no object.
        """
        place = self.place(path)
        return tuple(
            Members(raw, self._error, f"{place}[{number}]") for number, raw in enumerate(raws)
        )

    def place(self, path: Path) -> str:
        """Return where the member at `path` stands in the document."""
        return self._below(".".join(path))

    def drop(self, path: Path, value: Any) -> None:
        """Take the member at `path` if it says nothing but `value`."""
        name, *below = path
        inner = self.open(name) if below else None
        if inner is not None:
            inner.drop(tuple(below), value)
        elif name in self._left and value_of(self._left[name]) == value:
            del self._left[name]

    def refuse(self, problem: str) -> OutcropError:
        """Return the error that says what is wrong with this object."""
        return self._refuse(self._path, problem)

    def rest(self) -> dict[str, msgspec.Raw]:
        """Return what nobody took, free of the buffer it was read from."""
        left = {name: raw.copy() for name, raw in self._left.items() if raw != _NULL}
        for name, inner in self._inner.items():
            kept = inner.rest()
            left.pop(name, None)
            if kept:
                left[name] = msgspec.Raw(msgspec.json.encode(kept))
        return left

    def _below(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _decode(self, kind: type[Kind], data: bytes | msgspec.Raw, path: str) -> Kind:
        hint: Any = kind
        try:
            value: Kind = _decoder(hint).decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise self._refuse(path, str(problem)) from None
        except RecursionError:
            raise self._refuse(path, "nested too deep") from None
        return value

    def _refuse(self, path: str, problem: str) -> OutcropError:
        error = self._error(f"{path}: {problem}" if path else problem)
        error.param = path
        return error


def value_of(raw: msgspec.Raw) -> Any:
    """Return a value that was kept unparsed; None where it is nested too deep to be read."""
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _check_text(data: bytes | msgspec.Raw, error: type[OutcropError]) -> None:
    # What is kept unparsed is not looked at again, so nobody else would notice.
    try:
        bytes(data).decode()
    except UnicodeDecodeError:
        raise error("the body is not UTF-8") from None


def write(named: Mapping[Path, Any], kept: Mapping[str, msgspec.Raw] | None = None) -> bytes:
    """Write an object: the members of `named` that say something, and what was kept.

    Raises:
        BadRequestError: A text holds half a surrogate pair.
    """
    return encode(tree(named, kept))


def tree(
    named: Mapping[Path, Any], kept: Mapping[str, msgspec.Raw] | None = None
) -> dict[str, Any]:
    """Return the object that `write` would write."""
    document: dict[str, Any] = {}
    for path, value in named.items():
        if value is not None and value != ():
            _put(document, path, value)
    return merge(document, kept or {})


def encode(document: Any) -> bytes:
    """Write a document.

    Raises:
        BadRequestError: A text holds half a surrogate pair.
    """
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        raise BadRequestError(
            "a text holds half of a surrogate pair, which JSON cannot carry",
            hint="cut texts between characters, not within one",
        ) from None


def _put(document: dict[str, Any], path: Path, value: Any) -> None:
    *outer, name = path
    for each in outer:
        document = document.setdefault(each, {})
    document[name] = value


def merge(document: dict[str, Any], kept: Mapping[str, msgspec.Raw]) -> dict[str, Any]:
    """Add what was kept: objects are merged, other values replaced."""
    for name, raw in kept.items():
        taken = document.get(name)
        inner = _object(raw) if isinstance(taken, dict) else None
        document[name] = raw if inner is None else merge(document[name], inner)
    return document


def _object(raw: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    try:
        return _OBJECT.decode(raw)
    except msgspec.DecodeError:
        return None


def keep(api: str, members: dict[str, msgspec.Raw]) -> Extra | None:
    """Return what was kept as part of a canonical value; None for nothing."""
    return Extra(api, members) if members else None


def kept_by(api: str, extra: Extra | None) -> dict[str, msgspec.Raw]:
    """Return what this form kept; of what another one did, nothing."""
    return dict(extra.members) if extra is not None and extra.api == api else {}
