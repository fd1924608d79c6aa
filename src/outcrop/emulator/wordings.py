"""What Bedrock says when it refuses, word for word, each with where it was seen.

Place in the house: emulator. `signatures`, `shapes` and `rules` decide when; here stands what is
said then. A row is added only with its source, or marked `UNSEEN`.

Source: recordings (``rec`` and the end of the id); public threads as named.
"""

from typing import Final

from outcrop.emulator.refusals import UNSEEN, Wording


def _gate(text: str, code: str, seen: str = UNSEEN) -> Wording:
    return Wording(text=text, seen=seen, status=403, code=code)


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

INVALID_MODEL: Final = Wording(
    text="The provided model identifier is invalid.", seen="rec 7a6cb03e2d, stream 1fe931c141"
)
ON_DEMAND: Final = Wording(
    text=(
        "Invocation of model ID {model} with on-demand throughput isn\u2019t supported. Retry your "
        "request with the ID or ARN of an inference profile that contains this model."
    ),
    seen="anthropics/anthropic-sdk-python#894, terricain/aioboto3#352",
)
NOT_COUNTED: Final = Wording(
    text="The provided model doesn't support counting tokens.", seen="rec 84dd3d37b7"
)
NOT_A_CHAT_MODEL: Final = Wording(
    text=(
        "This action doesn't support the model that you provided. Try again with a supported text "
        "or chat model."
    ),
    seen=UNSEEN,
)
NO_TOOLS: Final = Wording(
    text="This model doesn't support tool use.", seen="langchain-ai/langchain-aws#447"
)
NO_STREAMED_TOOLS: Final = Wording(
    text="This model doesn't support tool use in streaming mode.", seen="earendil-works/pi#3739"
)
NO_SYSTEM: Final = Wording(
    text=(
        "This model doesn't support system messages. Try again without a system message or use a "
        "model that supports system messages."
    ),
    seen="567-labs/instructor#1753, Mintplex-Labs/anything-llm#2486",
)
NO_MEDIA: Final = Wording(
    text=(
        "This model doesn't support the {kind} content block that you provided. Update the "
        "content block and try again."
    ),
    seen="rec 12e83d7f2f, 8f784d95d8 (video)",
)
TOO_MANY_TOKENS: Final = Wording(
    text=(
        "The maximum tokens you requested exceeds the model limit of {limit}. Try again with a "
        "maximum tokens value that is lower than {limit}."
    ),
    seen="vercel/ai#2772",
)
STARTS_WITH_ASSISTANT: Final = Wording(
    text=(
        "A conversation must start with a user message. Try again with a conversation that starts "
        "with a user message."
    ),
    seen="langgenius/dify#12340, elastic/kibana#246393",
)
EMPTY_MESSAGE: Final = Wording(
    text=(
        "The content field in the Message object at messages.{message} is empty. Add a "
        "ContentBlock object to the content field and try again."
    ),
    seen="earendil-works/pi#3443, theopenco/llmgateway#3127",
)
BLANK_TEXT: Final = Wording(
    text=(
        "The text field in the ContentBlock object at messages.{message}.content.{block} is "
        "blank. Add text to the text field, and try again."
    ),
    seen="aws-samples/bedrock-engineer#8",
)
TOOL_CONFIG_MISSING: Final = Wording(
    text="The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    seen="vxcontrol/pentagi#160",
)
TOO_MANY_RESULTS: Final = Wording(
    text=(
        "The number of toolResult blocks at messages.{message}.content exceeds the number of "
        "toolUse blocks of previous turn."
    ),
    seen="Just-Curieous/Curie#16",
)
RESULTS_MISSING: Final = Wording(
    text="Expected toolResult blocks at messages.{message}.content for the following Ids: {ids}",
    seen="agno-agi/agno#6698",
)
EMPTY_ERROR_RESULT: Final = Wording(
    text=(
        "The content field at messages.{message}.content.{block}.toolResult cannot be empty when "
        "status value is error."
    ),
    seen="aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15",
)
NOT_AN_OBJECT: Final = Wording(
    text="The format of the value at {path} is invalid. Provide a json object for the field and "
    "try again.",
    seen="aws/aws-tools-for-powershell#354, vercel/ai#19023, aws/aws-sdk-js-v3#7330",
)
SCHEMA_TYPE: Final = Wording(
    text=(
        "The value at toolConfig.tools.{tool}.toolSpec.inputSchema.json.type must be one of the "
        "following: object."
    ),
    seen="earendil-works/pi#8279, kirodotdev/Kiro#11026",
)
DOCUMENT_NAME: Final = Wording(
    text=(
        "The document file name can only contain alphanumeric characters, whitespace characters, "
        "hyphens, parentheses, and square brackets. The name can't contain more than one "
        "consecutive whitespace character. Check that the file name conforms to these "
        "restrictions and retry your request."
    ),
    seen="vercel/ai#20365, aws-samples/generative-ai-use-cases#1671",
)
DOCUMENT_ALONE: Final = Wording(
    text="A text block must be included when using documents.", seen="archestra-ai/archestra#4220"
)

MALFORMED_INPUT: Final = Wording(
    text="Malformed input request: {problems}, please reformat your input and try again.",
    seen="promptfoo/promptfoo#921, BerriAI/litellm#30314",
)
NO_STREAM: Final = Wording(
    text="The model is unsupported for streaming.",
    seen="aws-samples/amazon-bedrock-client-for-mac#112, langchain-ai/langchainjs#2645",
)
NO_NATIVE_BODY: Final = Wording(
    text="The emulator knows no body that {model} takes by InvokeModel: ask it by Converse.",
    seen=UNSEEN,
)

# Of Anthropic Messages bodies.
FIELD_REQUIRED: Final = Wording(
    text="{where}: Field required", seen="brockamer/findajob#173 (Anthropic's own API)"
)
POINTED: Final = Wording(text="{where}: {problem}", seen=UNSEEN)
NO_ADDRESSES: Final = Wording(
    text="{where}: URL sources are not supported", seen="stream rec f21f3a624e"
)
NO_MESSAGES: Final = Wording(
    text="messages: at least one message is required",
    seen="danny-avila/LibreChat#7346 (Anthropic's own API)",
)
CLAUDE_TOKENS: Final = Wording(
    text=(
        "max_tokens: {asked} > {limit}, which is the maximum allowed number of output tokens for "
        "{name}"
    ),
    seen="anthropics/claude-code#11302 (Anthropic's own API)",
)
UNANSWERED: Final = Wording(
    text=(
        "messages.{message}: `tool_use` ids were found without `tool_result` blocks immediately "
        "after: {ids}. Each `tool_use` block must have a corresponding `tool_result` block in the "
        "next message."
    ),
    seen="pydantic/pydantic-ai#3253, lbjlaq/Antigravity-Manager#654",
)

# Of /openai/v1.
NO_OPENAI_MODEL: Final = Wording(
    text="The model {model} does not answer this API here.", seen=UNSEEN
)
NOT_KEPT: Final = Wording(
    text="Previous response with id '{response}' not found: the emulator keeps none.", seen=UNSEEN
)
ONE_CHOICE: Final = Wording(text="n: the emulator answers once, not {n} times.", seen=UNSEEN)

UNKNOWN_OPERATION: Final = Wording(
    text="No operation of Bedrock answers here",
    seen=UNSEEN,
    status=404,
    code="UnknownOperationException",
)
TOO_LARGE: Final = Wording(
    text="Request body is larger than {limit} bytes",
    seen=UNSEEN,
    status=413,
    code="RequestEntityTooLargeException",
)
MALFORMED_BODY: Final = Wording(
    text="The request body is not valid: {reason}", seen=UNSEEN, code="SerializationException"
)
INTERNAL: Final = Wording(
    text=("The system encountered an unexpected error during processing. Try your request again."),
    seen=UNSEEN,
    status=500,
    code="InternalServerException",
)
INVALID_API_KEY: Final = Wording(
    text="Authentication failed: Please make sure your API Key is valid.",
    seen="ai4s-research/open-science#53, anomalyco/opencode#47073 (403, code not shown)",
    status=403,
    code="AccessDeniedException",
    message_key="Message",
)
UNKNOWN_FOUNDATION_MODEL: Final = Wording(
    text="Could not resolve the foundation model from the provided model identifier.",
    seen=UNSEEN,
    status=404,
    code="ResourceNotFoundException",
)
UNKNOWN_PROFILE: Final = Wording(
    text="The inference profile {profile} was not found.",
    seen=UNSEEN,
    status=404,
    code="ResourceNotFoundException",
)
INVALID_PAGE: Final = Wording(text="The provided nextToken is invalid.", seen=UNSEEN)
