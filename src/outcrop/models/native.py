"""Which body a model takes and gives by InvokeModel when it is asked in its own form.

Place in the house: models. Data only; `models.catalogue.native_form` finds the row of an id. The
forms are names of codecs. A family that is not here is asked by Converse alone.
"""

from typing import Final

import msgspec


class NativeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One wire form."""

    form: str
    """The codec's API."""
    models: tuple[str, ...]
    """Bare ids as shell patterns."""
    source: str


ROWS: Final = (
    NativeRow(
        form="claude_text",
        models=("anthropic.claude-v2*", "anthropic.claude-instant-*"),
        source="recordings dd-trace-py--invoke--anthropic--a93abdab1b, "
        "openllmetry--invoke--anthropic--7d3db99c83",
    ),
    NativeRow(
        form="anthropic",
        models=("anthropic.*",),
        source="behaviour specification, ROUTE-03, ROUTE-07; recordings of InvokeModel",
    ),
    NativeRow(
        form="openai_chat",
        models=("openai.*",),
        source="behaviour specification, ROUTE-03, ROUTE-07",
    ),
    NativeRow(
        form="llama_4",
        models=("meta.llama4-*",),
        source="Meta, Llama 4 model card and prompt format: <|header_start|>, <|eot|>",
    ),
    NativeRow(
        form="llama",
        models=("meta.*",),
        source="behaviour specification, ROUTE-03, ROUTE-07; recordings "
        "dd-trace-py--invoke--meta--a2596e6914, openllmetry--invoke--meta--342be18721",
    ),
    NativeRow(
        form="titan",
        models=("amazon.titan-text-*", "amazon.titan-tg1-*"),
        source="recordings dd-trace-py--invoke--amazon-titan--07cca6c981, "
        "openllmetry--invoke--amazon-titan--da80bdb19a",
    ),
    NativeRow(
        form="nova",
        models=(
            "amazon.nova-micro-*",
            "amazon.nova-lite-*",
            "amazon.nova-pro-*",
            "amazon.nova-premier-*",
            "amazon.nova-2-lite-*",
            "amazon.nova-2-pro-*",
        ),
        source="recordings langchaingo--invoke--amazon-nova--6a44553ee3, "
        "openllmetry--invoke--amazon-nova--f288269fd6; Amazon Nova User Guide",
    ),
    NativeRow(
        form="cohere_chat",
        models=("cohere.command-r-*",),
        source="Amazon Bedrock User Guide, Cohere Command R and Command R+ models",
    ),
    NativeRow(
        form="cohere_generate",
        models=("cohere.command-text-*", "cohere.command-light-text-*"),
        source="recordings openllmetry--invoke--cohere--505f71d024, "
        "dd-trace-py--invoke--cohere--a4f5e2726f",
    ),
    NativeRow(
        form="mistral_prompt",
        models=(
            "mistral.mistral-7b-instruct-*",
            "mistral.mixtral-8x7b-instruct-*",
            "mistral.mistral-small-2402-*",
        ),
        source="Amazon Bedrock User Guide, Mistral AI text completion",
    ),
    NativeRow(
        form="mistral",
        models=(
            "mistral.mistral-large-2402-*",
            "mistral.mistral-large-2407-*",
            "mistral.pixtral-large-*",
        ),
        source="Amazon Bedrock User Guide, Mistral AI chat completion, Pixtral Large",
    ),
    NativeRow(
        form="ai21_chat",
        models=("ai21.jamba-*",),
        source="Amazon Bedrock User Guide, AI21 Labs Jamba models",
    ),
    NativeRow(
        form="ai21_j2",
        models=("ai21.j2-*",),
        source="recordings dd-trace-py--invoke--ai21--6853151621, "
        "openllmetry--invoke--ai21--35fc0c011e",
    ),
    NativeRow(
        form="pegasus",
        models=("twelvelabs.pegasus-*",),
        source="behaviour specification, MODEL-06; Amazon Bedrock User Guide, TwelveLabs Pegasus",
    ),
)
"""The first row that fits counts: exact families first, then what a vendor's others share."""
