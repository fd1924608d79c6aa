"""TwelveLabs Pegasus: a question about a film.

Place in the house: the native codecs. The film belongs to the last turn; its body does not tell
the film's format.

Source: Amazon Bedrock User Guide, TwelveLabs Pegasus 1.2; behaviour specification, MODEL-06.
"""

from base64 import b64encode
from typing import Any, Final

import msgspec

from outcrop.codecs.native.dialogue import DIALOGUE
from outcrop.codecs.native.members import Members, Path
from outcrop.codecs.native.prompt_codec import PromptCodec
from outcrop.codecs.native.prompting import Answer, Known, More, PromptForm
from outcrop.errors import UnsupportedError
from outcrop.types.content import S3, Block, Inline, Video
from outcrop.types.json import raw_object
from outcrop.types.requests import Request, TextFormat

_FORMAT: Final = ("responseFormat", "json_schema")


def _encode_more(request: Request) -> Known:
    return _encode_film(request) | _encode_format(request.text_format)


def _decode_more(members: Members) -> tuple[tuple[Block, ...], dict[str, Any]]:
    form = _decode_format(members)
    return _decode_film(members), {} if form is None else {"text_format": form}


def _is_sayable(value: Any) -> bool:
    match value:
        case Video():
            return isinstance(value.source, Inline | S3)
        case TextFormat():
            return value.type == "json_schema"
        case _:
            return True


def _encode_film(request: Request) -> Known:
    films = [block for turn in request.messages for block in turn.content if type(block) is Video]
    if len(films) > 1:
        raise UnsupportedError("this model looks at one film at a time, the conversation has more")
    return _encode_source(films[0].source) if films else {}


def _encode_source(source: Any) -> Known:
    match source:
        case Inline():
            return {("mediaSource", "base64String"): b64encode(source.data).decode()}
        case S3():
            return {
                ("mediaSource", "s3Location", "uri"): source.uri,
                ("mediaSource", "s3Location", "bucketOwner"): source.bucket_owner or None,
            }
        case _:
            raise UnsupportedError(
                "a film is sent as bytes or from S3, not from elsewhere",
                hint="fetch it first, or name it as s3://bucket/key",
            )


def _decode_film(members: Members) -> tuple[Video, ...]:
    data = members.take(bytes, ("mediaSource", "base64String"))
    if data is not None:
        return (Video(format="", source=Inline(data)),)
    uri = members.take(str, ("mediaSource", "s3Location", "uri"))
    if uri is None:
        return ()
    owner = members.take(str, ("mediaSource", "s3Location", "bucketOwner")) or ""
    return (Video(format="", source=S3(uri=uri, bucket_owner=owner)),)


def _encode_format(form: TextFormat | None) -> Known:
    if form is None or form.type != "json_schema":
        return {}
    return {
        ("responseFormat", "type"): form.type,
        (*_FORMAT, "name"): form.name,
        (*_FORMAT, "schema"): raw_object(form.schema, "the schema of the answer"),
    }


def _decode_format(members: Members) -> TextFormat | None:
    schema = members.take(msgspec.Raw, (*_FORMAT, "schema"))
    if schema is None:
        return None
    members.drop(("responseFormat", "type"), "json_schema")
    name: Path = (*_FORMAT, "name")
    return TextFormat(schema=bytes(schema).decode(), name=members.take(str, name))


_FORM: Final = PromptForm(
    api="pegasus",
    prompt=("inputPrompt",),
    template=DIALOGUE,
    sampling={"max_tokens": ("maxOutputTokens",), "temperature": ("temperature",)},
    more=More(
        encode=_encode_more,
        decode=_decode_more,
        blocks=(Video,),
        says=_is_sayable,
        fields=("text_format",),
    ),
    answer=Answer(text=("message",), stop=("finishReason",)),
    words={"stop": "stop", "length": "length"},
)

API: Final = _FORM.api
_codec: Final = PromptCodec(_FORM)
encode_request = _codec.encode_request
decode_request = _codec.decode_request
encode_response = _codec.encode_response
decode_response = _codec.decode_response
unsupported = _codec.unsupported
StreamDecoder = _codec.stream_decoder
StreamEncoder = _codec.stream_encoder
