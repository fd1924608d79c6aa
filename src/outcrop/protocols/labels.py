"""Labels for AWS's invocation log, as OpenAI's clients give them.

Place in the house: protocols, for the dialects that clients speak.

Source: behaviour specification, CONV-08, OAI-11; shape RequestMetadata of bedrock-runtime.
"""

import re
from collections.abc import Mapping
from typing import Final

from outcrop.protocols.refusal import refused
from outcrop.types.responses import Adjustment

MAX_LABELS: Final = 16
MAX_LABEL_LENGTH: Final = 256

_ILLEGAL: Final = re.compile(r"[^a-zA-Z0-9\s:_@$#=/+,\-.]")
_CLEANED: Final = Adjustment(
    rule="request_metadata", detail="characters that AWS refuses in labels became _"
)


def read_labels(
    metadata: Mapping[str, str] | None,
    user: str | None,
    safety_identifier: str | None,
    changes: list[Adjustment],
) -> dict[str, str] | None:
    """Read the labels of a request: its metadata, and who the user is.

    Raises:
        BadRequestError: There are too many, or one is too long.
    """
    if metadata is None and user is None and safety_identifier is None:
        return None
    given = dict(metadata or {})
    if user:
        given.setdefault("user", user)
    if safety_identifier:
        given.setdefault("safety_identifier", safety_identifier)
    labels = {_clean(name): _clean(value) for name, value in given.items()}
    if labels != given:
        changes.append(_CLEANED)
    check_labels(labels, "metadata")
    return labels or None


def _clean(text: str) -> str:
    return _ILLEGAL.sub("_", text)


def check_labels(labels: Mapping[str, str], path: str) -> None:
    """Check what AWS limits.

    Raises:
        BadRequestError: There are too many, or one is too long.
    """
    if len(labels) > MAX_LABELS:
        raise refused(f"{path} and the user make more than {MAX_LABELS} labels", path)
    for name, value in labels.items():
        if not name or max(len(name), len(value)) > MAX_LABEL_LENGTH:
            raise refused(
                f"{path} names and values have 1 to {MAX_LABEL_LENGTH} characters", f"{path}.{name}"
            )
