"""What stood beside the members that are named, as `Extra` of this API, and back.

Place in the house: OpenAI Chat codec, the client's half. Members are named by their path, as in
the requests that clients send: ``choices[0].logprobs``.
"""

from typing import Final

from outcrop.codecs.openai_chat.parts import API
from outcrop.protocols.extras import Extras

_EXTRAS: Final = Extras(API)

decode_extra: Final = _EXTRAS.decode
make_extra: Final = _EXTRAS.make
members_of: Final = _EXTRAS.members
lay_over: Final = _EXTRAS.lay_over
