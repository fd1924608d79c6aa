"""What the codec of every family of embedding models offers.

Place in the house: the codec of embeddings. Modules keep this protocol.
"""

from typing import Protocol

from outcrop.types.embeddings import EmbeddingRequest, Embeddings


class EmbeddingCodec(Protocol):
    """Both halves of one family's wire."""

    def encode_request(self, request: EmbeddingRequest) -> bytes:
        """Write the body of a request.

        Raises:
            BadRequestError: The family has no way to say it.
        """

    def decode_request(self, body: bytes, model: str) -> EmbeddingRequest:
        """Read the body of a request.

        Raises:
            BadRequestError: It is malformed.
        """

    def encode_response(self, answer: Embeddings) -> bytes:
        """Write the body of an answer."""

    def decode_response(self, body: bytes) -> Embeddings:
        """Read the body of an answer.

        Raises:
            WireError: It is malformed.
        """
