"""What the codec of every family of rerank models offers.

Place in the house: the codec of reranking. Modules keep this protocol.
"""

from typing import Protocol

from outcrop.types.rerank import Reranking, RerankRequest


class RerankCodec(Protocol):
    """Both halves of one family's wire."""

    def encode_request(self, request: RerankRequest) -> bytes:
        """Write the body of a request.

        Raises:
            BadRequestError: A text cannot be written as JSON.
        """

    def decode_request(self, body: bytes, model: str) -> RerankRequest:
        """Read the body of a request.

        Raises:
            BadRequestError: It is malformed.
        """

    def encode_response(self, answer: Reranking) -> bytes:
        """Write the body of an answer."""

    def decode_response(self, body: bytes) -> Reranking:
        """Read the body of an answer.

        Raises:
            WireError: It is malformed.
        """
