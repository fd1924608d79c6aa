// The Vercel AI SDK's Bedrock provider against the emulator: a signer and a frame reader of its own.

import assert from "node:assert/strict";
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { generateText } from "ai";
import { checksOf } from "./ai_sdk.mjs";
import { MODEL, run } from "./checks.mjs";

const echoURL = process.env.AWS_ENDPOINT_URL_BEDROCK_RUNTIME;
const echo = createAmazonBedrock({ baseURL: echoURL });
const script = createAmazonBedrock({ baseURL: process.env.SCRIPTED_EMULATOR });

await run("@ai-sdk/amazon-bedrock", {
  ...checksOf(echo(MODEL), script(MODEL), echo(MODEL)),

  async "signed reasoning comes back"() {
    const prompt = { role: "user", content: "A question" };
    const model = echo("emu.think");
    const first = await generateText({ model, messages: [prompt] });

    const messages = [prompt, ...first.response.messages, { role: "user", content: "Another" }];
    const second = await generateText({ model, messages });

    assert.match(first.reasoningText, /^Turn 1 of the user/);
    assert.equal(second.text, "Another");
  },

  async document() {
    const data = Buffer.from("%PDF-1.4");
    const file = { type: "file", mediaType: "application/pdf", filename: "My report_v1.2.pdf", data };
    const content = [{ type: "text", text: "Read it" }, file];

    const answer = await generateText({ model: echo(MODEL), messages: [{ role: "user", content }] });

    assert.equal(answer.text, "Read it");
  },

  async "an API key"() {
    const keyed = createAmazonBedrock({ baseURL: echoURL, apiKey: "bedrock-api-key-any" });

    const answer = await generateText({ model: keyed(MODEL), prompt: "Hello" });

    assert.equal(answer.text, "Hello");
  },

  async "a wrong secret"() {
    const stranger = createAmazonBedrock({ baseURL: echoURL, secretAccessKey: "wrong" });
    const asking = generateText({ model: stranger(MODEL), prompt: "Hello", maxRetries: 0 });

    await assert.rejects(asking, (error) => error.statusCode === 403);
  },
});
