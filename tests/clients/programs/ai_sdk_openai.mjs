// The Vercel AI SDK's provider for OpenAI-compatible servers against the gateway.

import assert from "node:assert/strict";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject } from "ai";
import { z } from "zod";
import { checksOf } from "./ai_sdk.mjs";
import { MODEL, run, UNFUSSY } from "./checks.mjs";

const provider = (baseURL) =>
  createOpenAICompatible({
    name: "outcrop",
    apiKey: process.env.OPENAI_API_KEY,
    baseURL,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

const echo = provider(process.env.OPENAI_BASE_URL);
const script = provider(process.env.SCRIPTED_GATEWAY);

await run("@ai-sdk/openai-compatible", {
  ...checksOf(echo(MODEL), script(MODEL), echo(UNFUSSY)),

  async "a schema without bounds, by a model that refuses them"() {
    const schema = z.object({ name: z.string(), age: z.number() });

    const { object } = await generateObject({ model: echo(MODEL), schema, prompt: "A person" });

    assert.deepEqual(object, { name: "sample", age: 0 });
  },
});
