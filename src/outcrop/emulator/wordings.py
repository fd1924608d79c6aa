"""What Bedrock says when it refuses, word for word, each with where it was seen.

Place in the house: emulator. `signatures`, `shapes` and `rules` decide when; here stands what is
said then. A row is added only with its source, or marked `UNSEEN`.

Source: recordings (``rec`` and the end of the id); public threads as named.
"""

from typing import Final

from outcrop.emulator.refusals import GATE, UNSEEN, Wording


def _gate(text: str, code: str, seen: str = UNSEEN) -> Wording:
    return Wording(text=text, seen=seen, status=403, code=code, speaker=GATE)


MISSING: Final = _gate("Missing Authentication Token", "MissingAuthenticationTokenException")
UNKNOWN_KEY: Final = _gate(
    "The security token included in the request is invalid.",
    "UnrecognizedClientException",
    seen="vercel/ai#4163, badslug/Paw-AWSSignature4DynamicValue#5 (403)",
)
MISMATCH: Final = _gate(
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details.",
    "InvalidSignatureException",
    seen="aws-amplify/amplify-flutter#5236 (403)",
)
TOO_OLD: Final = _gate(
    "Signature expired: {stamp} is now earlier than {bound} ({now} - {minutes} min.)",
    "InvalidSignatureException",
    seen="m0ngr31/kanzi#270 (another service)",
)
TOO_NEW: Final = _gate(
    "Signature not yet current: {stamp} is still later than {bound} ({now} + 5 min.)",
    "InvalidSignatureException",
    seen="basak/glacier-cli#36 (another service, 403)",
)
WRONG_SERVICE: Final = _gate(
    "Credential should be scoped to correct service: '{service}'. ",
    "InvalidSignatureException",
    seen="maximhq/bifrost#2533 (403)",
)
WRONG_REGION: Final = _gate(
    "Credential should be scoped to a valid region. ",
    "InvalidSignatureException",
    seen="earendil-works/pi#3487",
)
WRONG_TERMINATOR: Final = _gate(
    "Credential should be scoped with a valid terminator: 'aws4_request', not '{terminator}'. ",
    "InvalidSignatureException",
)
WRONG_DAY: Final = _gate(
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'{scope}' != '{day}', from '{stamp}'.",
    "InvalidSignatureException",
)
MALFORMED_CREDENTIAL: Final = _gate(
    "Credential must have exactly 5 slash-delimited elements, e.g. "
    "keyid/date/region/service/term, got '{credential}'",
    "IncompleteSignatureException",
)
MALFORMED_DATE: Final = _gate(
    "Date must be in ISO-8601 'basic format'. Got '{stamp}'. "
    "See http://en.wikipedia.org/wiki/ISO_8601",
    "IncompleteSignatureException",
)
MALFORMED_LIFETIME: Final = _gate(
    "X-Amz-Expires must be a number of seconds between 1 and 604800",
    "IncompleteSignatureException",
)
# AWS repeats the header behind these two; here it may be a secret of another scheme.
NOT_A_PAIR: Final = _gate(
    "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header.",
    "IncompleteSignatureException",
    seen="iann0036/cloud9-sync#10 (another service)",
)
INCOMPLETE_HEADER: Final = _gate(
    "{complaints}", "IncompleteSignatureException", seen="aws/chalice#828 (another service, 403)"
)
INCOMPLETE_QUERY: Final = _gate(
    "{complaints} Re-examine the query-string parameters.", "IncompleteSignatureException"
)
HOST_UNSIGNED: Final = _gate(
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    "IncompleteSignatureException",
)

# Shape errors: one sentence for each, joined. Which form each constraint takes:
# "Value '' at 'toolConfig.tools.1.member.toolSpec.name'" pattern: BerriAI/litellm#19384
# "Value 'system' at 'messages.1.member.role'" enum: continuedev/continue#1938
# "Value '1.5' at 'inferenceConfig.temperature'" range: stdapi-ai/stdapi.ai#224
# "Value at 'toolConfig.tools'" list, no value shown: Portkey-AI/gateway#1124
# "Value at '...reasoningText.text' ... must not be null": danny-avila/LibreChat#13888
SHAPE: Final = Wording(
    text="{count} validation error{s} detected: {violations}", seen="BerriAI/litellm#19384"
)
UNION: Final = Wording(
    text="The provided request is not valid", seen="elastic/kibana#277821 (of an empty toolConfig)"
)
SERIALIZATION: Final = Wording(text="{text}", seen=UNSEEN, code="SerializationException")

# What the model itself says begins so: rec f2a0a5b81c, 1c9e695dee.
SIGNATURE_INVALID: Final = Wording(
    text=(
        "The model returned the following errors: {where}: Invalid `signature` in `thinking` block"
    ),
    seen="code-yeongyu/oh-my-openagent#2775, lbjlaq/Antigravity-Manager#498",
)
SIGNATURE_MISSING: Final = Wording(
    text="The model returned the following errors: {where}.thinking.signature: Field required",
    seen="can1357/oh-my-pi#10486",
)
