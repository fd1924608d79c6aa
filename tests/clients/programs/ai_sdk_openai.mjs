// The Vercel AI SDK's provider for OpenAI-compatible servers against the gateway.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { checksOf } from "./ai_sdk.mjs";
import { MODEL, run } from "./checks.mjs";

const provider = (baseURL) =>
  createOpenAICompatible({
    name: "outcrop",
    apiKey: process.env.OPENAI_API_KEY,
    baseURL,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

await run(
  "@ai-sdk/openai-compatible",
  checksOf(
    provider(process.env.OPENAI_BASE_URL)(MODEL),
    provider(process.env.SCRIPTED_GATEWAY)(MODEL),
  ),
);
