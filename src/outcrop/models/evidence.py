"""How we know: every source that a row of the catalogue names.

Place in the house: models. Data only.

Two sources contradict each other for older prices; where that is so, the price is left out.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from outcrop.models.card import Evidence

EVIDENCE: Final[Mapping[str, Evidence]] = MappingProxyType(
    {
        "list": Evidence(
            source="recording chatlas--list-foundation-models--none--dff6eee3ef, us-east-1: ids, "
            "names, modalities, streaming, inference types, lifecycle, maxTokensMaximum, formats",
            seen="2025-12 to 2026-01: it holds Nova 2 Lite and no Claude Opus 4.6",
        ),
        "profiles": Evidence(
            source="recording brag-bot--list-inference-profiles--none--8bbfa9fb4f, us-east-2",
            seen="2025-05 to 2025-07: it holds Claude Sonnet 4 and no Opus 4.1",
        ),
        "ids": Evidence(
            source="ids of the model's provisioned variants, which name the context window; "
            "ListFoundationModels as in 'list', and anomalyco/models.dev, commit 34b9d11d",
            seen="2026-04",
        ),
        "recorded": Evidence(
            source="recordings that name the model, with the path they were sent to",
            seen="2024 to 2026",
        ),
        "cards": Evidence(
            source="Amazon Bedrock User Guide, model cards: limits and endpoints "
            "(docs.aws.amazon.com/bedrock/latest/userguide/model-card-*.html)",
            seen="2026-10-09",
        ),
        "claude-platform": Evidence(
            source="platform.claude.com/docs, Models, Pricing, and Claude on Amazon Bedrock: ids, "
            "profiles, limits",
            seen="2026-11-20",
        ),
        "media-profiles": Evidence(
            source="Amazon Bedrock User Guide, model cards of TwelveLabs Marengo Embed (us, eu) "
            "and supported regions of Stability AI Image Services (us); ids in use in published "
            "code",
            seen="2026-11-20",
        ),
        "media-models": Evidence(
            source="Amazon Bedrock User Guide, Stability AI models: Stable Image Core, Ultra, "
            "Diffusion 3.5 Large; Rerank: supported models; ids in use in published code",
            seen="2026-11-20",
        ),
        "probes": Evidence(
            source="published ConverseStream probes in us-west-2: who takes tools in a stream, who "
            "is retired",
            seen="2026-10-10",
        ),
        "converse-features": Evidence(
            source="Amazon Bedrock User Guide, Supported models and model features of Converse",
            seen="2025",
        ),
        "spec": Evidence(
            source="behaviour specification: MODEL-07, ROUTE-05, CACHE-06, THINK-06, THINK-07, "
            "FALL-08, USAGE-04",
            seen="2026-11-20",
        ),
        "price-claude": Evidence(
            source="platform.claude.com/docs/en/about-claude/pricing (the price through global "
            "profiles); for older models aws.amazon.com/bedrock/pricing agrees",
            seen="2026-11-20",
        ),
        "price-geo": Evidence(
            source="Amazon Bedrock User Guide, Global cross-Region inference: global profiles are "
            "about 10 % cheaper than geographic ones; Claude on Amazon Bedrock: regional endpoints "
            "from Claude Sonnet 4.5 on; per-geography prices of us, eu, au, jp, apac in "
            "BerriAI/litellm model_prices_and_context_window.json, commit 00035b69",
            seen="2026-11-20",
        ),
        "price-page": Evidence(
            source="aws.amazon.com/bedrock/pricing, on demand, us-east-1; agrees with "
            "BerriAI/litellm model_prices_and_context_window.json, commit 00035b69",
            seen="2026-11-20",
        ),
        "price-page-alone": Evidence(
            source="aws.amazon.com/bedrock/pricing, on demand, us-east-1; not cross-checked",
            seen="2025",
        ),
        "price-card": Evidence(
            source="prices of the model's card, as in anomalyco/models.dev, commit 0acd2cef",
            seen="2026-11-20",
        ),
        "burndown": Evidence(
            source="Amazon Bedrock User Guide, How tokens are counted: output counts five times "
            "from Claude 3.7 on, fifteen times for Claude Opus 4.8, once for other models; of "
            "models after Claude 4.5 and of OpenAI's we know no figure",
            seen="2025 to 2026",
        ),
    }
)
"""Key to evidence. A row names the keys of everything it claims."""
