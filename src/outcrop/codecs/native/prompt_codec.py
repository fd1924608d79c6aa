"""The codec that a `PromptForm` makes.

Place in the house: the native codecs. The modules of the forms hand its methods on by the names
that every codec has.
"""

from outcrop.codecs.native import prompting
from outcrop.codecs.native.prompt_stream import PromptDecoder, PromptEncoder
from outcrop.codecs.native.prompting import PromptForm
from outcrop.codecs.native.texts import TEXTS
from outcrop.codecs.native.unsupported import Vocabulary, unsupported_by
from outcrop.http import Headers
from outcrop.types.requests import Request
from outcrop.types.responses import Adjustment, Response


def _says_all(_value: object) -> bool:
    return True


class PromptCodec:
    """Both halves of one form."""

    def __init__(self, form: PromptForm) -> None:
        """Speak this form."""
        self._form = form
        more = form.more
        self._words = Vocabulary(
            api=form.api,
            sampling=frozenset(form.sampling),
            blocks=(*TEXTS, *(more.blocks if more else ())),
            fields=more.fields if more else (),
            says=more.says if more else _says_all,
        )

    def encode_request(self, request: Request, *, stream: bool, invoke: bool = True) -> bytes:
        """Write the body of a request.

        Args:
            request: What is asked.
            stream: Whether the answer shall be streamed.
            invoke: Always so: these bodies are InvokeModel's alone.

        Raises:
            UnsupportedError: A text holds the marks that tell turns apart.
            BadRequestError: A text cannot be written as JSON.
        """
        del invoke
        return prompting.encode_request(self._form, request, stream=stream)

    def decode_request(self, body: bytes, model: str) -> Request:
        """Read the body of a request to `model`, which stood in the path.

        Raises:
            BadRequestError: The body is malformed; message and `param` name the place.
        """
        return prompting.decode_request(self._form, body, model)

    def encode_response(
        self, response: Response, *, model: str = "", response_id: str = ""
    ) -> bytes:
        """Write the body of an answer, which names neither its model nor itself.

        Raises:
            BadRequestError: A text cannot be written as JSON.
        """
        del model, response_id
        return prompting.encode_response(self._form, response)

    def decode_response(self, body: bytes, headers: Headers = ()) -> Response:
        """Read the body of an answer; counts may stand in its headers.

        Raises:
            WireError: The body is malformed.
        """
        return prompting.decode_response(self._form, body, headers)

    def unsupported(self, request: Request) -> tuple[Adjustment, ...]:
        """List what the encoder would leave out, or put elsewhere."""
        return (*unsupported_by(self._words, request), *prompting.moved(self._form, request))

    def stream_decoder(self) -> PromptDecoder:
        """Begin to read a stream."""
        return PromptDecoder(self._form)

    def stream_encoder(self) -> PromptEncoder:
        """Begin to write a stream."""
        return PromptEncoder(self._form)
