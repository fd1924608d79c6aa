"""The bodies that families of models take and give by InvokeModel, both ways.

Place in the house: floor 4. One module a wire form, each with the same names: `API`,
`encode_request`, `decode_response`, `StreamDecoder` and `unsupported` for the client,
`decode_request`, `encode_response` and `StreamEncoder` for the emulator. They stand in one package
because they are alike: most are one prompt and a few numbers, told by a row (`prompting`), others
a list of messages (`chatting`). Whatever a form has no word for is listed by `unsupported`.

What holds for all of them: the model, the guardrail, latency, tier and request metadata travel in
path and headers, not in the body; token counts stand in the body, in the chunk that ends a stream
(``amazon-bedrock-invocationMetrics``) or in the headers of an answer.

Source: behaviour specification, ROUTE-07; Amazon Bedrock User Guide, Inference request parameters
and response fields for foundation models; recordings of InvokeModel.
"""

from typing import Final

FORMS: Final = (
    "ai21_chat",
    "ai21_j2",
    "claude_text",
    "cohere_chat",
    "cohere_generate",
    "llama",
    "llama_4",
    "mistral",
    "mistral_prompt",
    "nova",
    "pegasus",
    "titan",
)
"""Every form: the name of its module here, and its `API`. None is loaded by this list."""
