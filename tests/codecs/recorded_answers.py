"""What a model said in a recording, read by whichever codec reads it.

Place in the house: tests only.

    answer_of(recorded).text
"""

from outcrop.codecs import anthropic, converse, openai_chat, openai_responses
from outcrop.models.catalogue import native_form
from outcrop.types.responses import Response
from tests.codecs.anthropic import test_recordings as of_claude
from tests.codecs.converse import test_recordings as of_converse
from tests.codecs.native import test_recordings as of_natives
from tests.codecs.native.forms import FORMS, decoded, folded
from tests.codecs.openai_chat.test_upstream_reply import is_chat
from tests.codecs.openai_responses import test_stream as of_responses
from tests.codecs.openai_responses.test_request import is_responses
from tests.recordings import Interaction


def is_converse(recorded: Interaction) -> bool:
    """Tell whether it is a call of Converse or ConverseStream."""
    return recorded.api in {"converse", "converse_stream"}


def is_native(recorded: Interaction) -> bool:
    """Tell whether it is a model's own body that is neither Claude's nor OpenAI's."""
    invoked = recorded.api in {"invoke", "invoke_stream"}
    return invoked and native_form(recorded.model_id or "") in FORMS


def is_answered(recorded: Interaction) -> bool:
    """Tell whether a text model gave an answer."""
    speaks = (is_converse, is_native, of_claude.is_messages, is_responses, is_chat)
    return recorded.status < 400 and any(is_kind(recorded) for is_kind in speaks)


def answer_of(recorded: Interaction) -> Response:
    """Return the answer; a stream is folded."""
    if is_converse(recorded):
        return _of_converse(recorded)
    if of_claude.is_messages(recorded):
        return _of_claude(recorded)
    if is_native(recorded):
        return _of_native(recorded)
    if is_chat(recorded):
        return openai_chat.decode_response(recorded.response.data)
    if of_responses.is_stream(recorded):
        decoder, payloads = openai_responses.StreamDecoder(), of_responses.events_of(recorded)
        return folded(event for each in payloads for event in decoder.decode(*each))
    return openai_responses.decode_response(recorded.response.data)


def _of_converse(recorded: Interaction) -> Response:
    if recorded.api == "converse_stream":
        return of_converse.folded(list(of_converse.events_of(recorded)))
    return converse.decode_response(recorded.response.data)


def _of_claude(recorded: Interaction) -> Response:
    if recorded.api == "invoke_stream":
        return of_claude.folded(recorded)
    return anthropic.decode_response(recorded.response.data)


def _of_native(recorded: Interaction) -> Response:
    if recorded.api == "invoke_stream":
        return folded(decoded(of_natives.codec_of(recorded), of_natives.documents_of(recorded)))
    return of_natives.answer_of(recorded)
