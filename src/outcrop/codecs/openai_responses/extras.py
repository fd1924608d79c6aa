"""What stood beside the members that are named, as `Extra` of this API, and back.

Place in the house: OpenAI Responses codec.
"""

from typing import Final

from outcrop.protocols.extras import Extras

API: Final = "openai_responses"

_EXTRAS: Final = Extras(API)

decode_extra: Final = _EXTRAS.decode
make_extra: Final = _EXTRAS.make
members_of: Final = _EXTRAS.members
lay_over: Final = _EXTRAS.lay_over
