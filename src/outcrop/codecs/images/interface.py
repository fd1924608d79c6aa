"""What the codec of every family of image models offers.

Place in the house: the codec of images. Modules keep this protocol.
"""

from typing import Protocol

from outcrop.types.images import ImageRequest, MadeImages


class ImageCodec(Protocol):
    """Both halves of one family's wire."""

    def encode_request(self, request: ImageRequest) -> bytes:
        """Write the body of a request.

        Raises:
            BadRequestError: The family has no way to say it.
        """

    def decode_request(self, body: bytes, model: str) -> ImageRequest:
        """Read the body of a request.

        Raises:
            BadRequestError: It is malformed.
        """

    def encode_response(self, answer: MadeImages) -> bytes:
        """Write the body of an answer."""

    def decode_response(self, body: bytes) -> MadeImages:
        """Read the body of an answer.

        Raises:
            WireError: It is malformed.
        """
