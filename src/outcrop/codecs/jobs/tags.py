"""Labels of a job.

Place in the house: the codec of jobs.

Source: shape Tag of the service models of bedrock and bedrock-runtime.
"""

from collections.abc import Mapping

from outcrop.protocols.shape import Shape


class Tag(Shape):
    """One label."""

    key: str
    value: str


def encode_tags(tags: Mapping[str, str] | None) -> tuple[Tag, ...] | None:
    """Write labels; None for none."""
    return tuple(Tag(key=key, value=value) for key, value in tags.items()) if tags else None
