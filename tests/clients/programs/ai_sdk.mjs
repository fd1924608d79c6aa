// What the Vercel AI SDK is asked to do, whichever provider answers.

import assert from "node:assert/strict";
import { generateObject, generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { gather, PIXEL } from "./checks.mjs";
import { FUNCTIONS } from "./tools.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const tools = {
  get_weather: tool({
    description: "Tell the weather.",
    inputSchema: z.object({ city: z.string() }),
    execute: FUNCTIONS.get_weather,
  }),
  get_time: tool({
    description: "Tell the time.",
    inputSchema: z.object({ zone: z.string() }),
    execute: FUNCTIONS.get_time,
  }),
};
const person = z.object({ name: z.string(), age: z.int().min(1) });
const stopWhen = stepCountIs(3);

// `exact` is a model that is told every bound of a schema.
export const checksOf = (echo, script, exact) => ({
  async generateText() {
    const answer = await generateText({ model: echo, prompt: "Hello, you" });

    assert.equal(answer.text, "Hello, you");
    assert.equal(answer.finishReason, "stop");
    assert.equal(answer.usage.totalTokens, 8);
  },

  async streamText() {
    const answer = streamText({ model: echo, prompt: "Hello to you" });

    assert.deepEqual(await gather(answer.textStream), ["Hello", " to", " you"]);
    assert.equal((await answer.usage).totalTokens, 8);
  },

  async tools() {
    const prompt = "Call get_weather, then get_time";
    const answer = await generateText({ model: echo, prompt, tools, stopWhen });

    assert.equal(answer.text, "get_weather: sunny in sample\nget_time: noon in sample");
    assert.equal(answer.steps.length, 2);
  },

  async "parallel calls after reasoning and text"() {
    const answer = streamText({ model: script, prompt: "weather and time", tools, stopWhen });

    const [first] = await answer.steps;
    assert.equal(first.reasoningText, "Two tools will do.");
    assert.equal(first.text, "Let me look.");
    assert.deepEqual(
      first.toolResults.map((result) => [result.toolCallId, result.output]),
      [
        ["tooluse_weather", "sunny in Paris"],
        ["tooluse_time", "noon in Europe/Paris"],
      ],
    );
    assert.equal(await answer.text, "It is sunny at noon.");
  },

  async "calls are kept when tokens run out"() {
    const { execute, ...left } = tools.get_weather;
    const answer = streamText({ model: script, prompt: "no room", tools: { get_weather: left } });

    assert.deepEqual((await answer.toolCalls)[0].input, { city: "Oslo" });
    assert.equal(await answer.finishReason, "length");
  },

  async generateObject() {
    const { object } = await generateObject({ model: exact, schema: person, prompt: "A person" });

    assert.deepEqual(object, { name: "sample", age: 1 });
  },

  async "output of generateText"() {
    const output = Output.object({ schema: person });
    const answer = await generateText({ model: exact, output, prompt: "A person" });

    assert.deepEqual(answer.output, { name: "sample", age: 1 });
  },

  async image() {
    const data = Buffer.from(PIXEL, "base64");
    const content = [{ type: "file", mediaType: "image/png", data }];
    const answer = await generateText({ model: echo, messages: [{ role: "user", content }] });

    assert.equal(answer.text, "[image png, 70 bytes]");
  },

  async "cached tokens"() {
    const { usage } = await generateText({ model: script, prompt: "from the cache" });

    assert.equal(usage.inputTokens, 110);
    assert.equal(usage.inputTokenDetails.cacheReadTokens, 80);
  },

  async throttled() {
    const asking = generateText({ model: script, prompt: "busy", maxRetries: 0 });

    await assert.rejects(asking, (error) => error.statusCode === 429 && error.isRetryable);
  },

  async "a stream that breaks off"() {
    const errors = [];
    const answer = streamText({
      model: script,
      prompt: "break off",
      maxRetries: 0,
      onError: ({ error }) => errors.push(error),
    });
    const parts = await gather(answer.fullStream);

    assert.equal(errors.length, 1);
    assert.ok(parts.some((part) => part.type === "error"));
  },
});
