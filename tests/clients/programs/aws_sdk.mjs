// The AWS SDK for JavaScript against the emulator: a signer and a frame reader of its own.

import assert from "node:assert/strict";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { gather, MODEL, PIXEL, run } from "./checks.mjs";
import { TOOLS } from "./tools.mjs";

// The emulator speaks HTTP/1.1; unasked, this client speaks HTTP/2 without TLS.
const client = (options = {}) =>
  new BedrockRuntimeClient({ requestHandler: new NodeHttpHandler(), ...options });
const echo = client();
const script = client({ endpoint: process.env.SCRIPTED_EMULATOR, maxAttempts: 3 });

const user = (...content) => ({ role: "user", content });
const toolConfig = {
  tools: TOOLS.map(({ function: { name, description, parameters } }) => ({
    toolSpec: { name, description, inputSchema: { json: parameters } },
  })),
};
const ask = (sender, text, options = {}) =>
  sender.send(new ConverseCommand({ modelId: MODEL, messages: [user({ text })], ...options }));
const askStreamed = async (sender, text, options = {}) => {
  const command = new ConverseStreamCommand({
    modelId: MODEL,
    messages: [user({ text })],
    ...options,
  });
  return gather((await sender.send(command)).stream);
};

await run("@aws-sdk/client-bedrock-runtime", {
  async converse() {
    const answer = await ask(echo, "Hello, you");

    assert.deepEqual(answer.output.message, {
      role: "assistant",
      content: [{ text: "Hello, you" }],
    });
    assert.equal(answer.stopReason, "end_turn");
    assert.equal(answer.usage.totalTokens, 8);
  },

  async "converse stream"() {
    const events = await askStreamed(echo, "Hello to you");

    assert.deepEqual(events.slice(0, -1), [
      { messageStart: { role: "assistant" } },
      { contentBlockDelta: { delta: { text: "Hello" }, contentBlockIndex: 0 } },
      { contentBlockDelta: { delta: { text: " to" }, contentBlockIndex: 0 } },
      { contentBlockDelta: { delta: { text: " you" }, contentBlockIndex: 0 } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: "end_turn" } },
    ]);
    assert.equal(events.at(-1).metadata.usage.totalTokens, 8);
  },

  async "streamed tools"() {
    const question = user({ text: "weather and time" });
    const events = await askStreamed(script, "weather and time", { toolConfig });
    const inputs = { 2: "", 3: "" };
    for (const { contentBlockDelta: delta } of events) {
      if (delta?.delta.toolUse) inputs[delta.contentBlockIndex] += delta.delta.toolUse.input;
    }
    const calls = events.flatMap(({ contentBlockStart: start }) =>
      start ? [{ ...start.start.toolUse, input: JSON.parse(inputs[start.contentBlockIndex]) }] : [],
    );
    const content = calls.map((toolUse) => ({ toolUse }));
    const results = calls.map(({ toolUseId }) => ({
      toolResult: { toolUseId, content: [{ json: { done: true } }] },
    }));

    const messages = [question, { role: "assistant", content }, user(...results)];
    const answer = await ask(script, "", { messages, toolConfig });

    assert.deepEqual(calls, [
      { toolUseId: "tooluse_weather", name: "get_weather", input: { city: "Paris" } },
      { toolUseId: "tooluse_time", name: "get_time", input: { zone: "Europe/Paris" } },
    ]);
    assert.equal(answer.output.message.content[0].text, "It is sunny at noon.");
  },

  async image() {
    const bytes = Buffer.from(PIXEL, "base64");
    const messages = [user({ image: { format: "png", source: { bytes } } })];

    const answer = await ask(echo, "", { messages });

    assert.equal(answer.output.message.content[0].text, "[image png, 70 bytes]");
  },

  async "a model by its ARN"() {
    const modelId = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";

    const answer = await ask(echo, "Hello", { modelId });

    assert.equal(answer.output.message.content[0].text, "Hello");
  },

  async "asks again when throttled"() {
    const answer = await ask(script, "busy twice");

    assert.equal(answer.output.message.content[0].text, "Here I am.");
    assert.equal(answer.$metadata.attempts, 3);
  },

  async "an API key"() {
    const keyed = client({
      token: { token: "bedrock-api-key-any" },
      authSchemePreference: ["httpBearerAuth"],
    });

    const answer = await ask(keyed, "Hello");

    assert.equal(answer.output.message.content[0].text, "Hello");
  },

  async errors() {
    const stranger = client({
      credentials: { accessKeyId: "outcrop", secretAccessKey: "wrong" },
    });
    const named = (name) => (error) => error.name === name;

    await assert.rejects(ask(stranger, "Hello"), named("InvalidSignatureException"));
    await assert.rejects(ask(echo, "Hello", { modelId: "a.b" }), named("ValidationException"));
    await assert.rejects(
      askStreamed(script, "break off"),
      (error) => error.name === "ModelStreamErrorException" && error.originalStatusCode === 500,
    );
  },
});
