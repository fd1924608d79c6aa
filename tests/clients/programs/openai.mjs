// OpenAI's own SDK for JavaScript against the gateway.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { gather, MODEL, PIXEL, run } from "./checks.mjs";
import { FUNCTIONS, TOOLS } from "./tools.mjs";

const echo = new OpenAI();
const script = new OpenAI({ baseURL: process.env.SCRIPTED_GATEWAY, maxRetries: 0 });

const user = (content) => ({ role: "user", content });
const ask = (client, text, options = {}) =>
  client.chat.completions.create({ model: MODEL, messages: [user(text)], ...options });
const askStreamed = (client, text, options = {}) =>
  ask(client, text, { stream: true, stream_options: { include_usage: true }, ...options });

await run("openai", {
  async create() {
    const answer = await ask(echo, "Hello, you");

    assert.equal(answer.choices[0].message.content, "Hello, you");
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.usage.total_tokens, 8);
  },

  async stream() {
    const chunks = await gather(await askStreamed(echo, "Hello to you"));

    const texts = chunks.map((chunk) => chunk.choices[0]?.delta.content).filter(Boolean);
    assert.deepEqual(texts, ["Hello", " to", " you"]);
    assert.deepEqual(chunks.at(-1).choices, []);
    assert.equal(chunks.at(-1).usage.total_tokens, 8);
  },

  async tools() {
    const tools = TOOLS.map(({ type, function: { name, ...rest } }) => ({
      type,
      function: { name, ...rest, function: FUNCTIONS[name], parse: JSON.parse },
    }));

    const runner = echo.chat.completions.runTools({
      model: MODEL,
      stream: true,
      messages: [user("Call get_weather, then get_time")],
      tools,
    });

    assert.equal(
      await runner.finalContent(),
      "get_weather: sunny in sample\nget_time: noon in sample",
    );
  },

  async "parallel calls after reasoning and text"() {
    const stream = await askStreamed(script, "weather and time", { tools: TOOLS });

    const deltas = (await gather(stream)).flatMap((chunk) => chunk.choices.map((c) => c.delta));
    const pieces = deltas.flatMap((delta) => delta.tool_calls ?? []);
    const joined = [0, 1].map((index) => {
      const own = pieces.filter((piece) => piece.index === index);
      return [own[0].id, own[0].function.name, own.map((p) => p.function.arguments).join("")];
    });
    assert.deepEqual(joined, [
      ["tooluse_weather", "get_weather", '{"city":"Paris"}'],
      ["tooluse_time", "get_time", '{"zone":"Europe/Paris"}'],
    ]);
    assert.deepEqual([...new Set(pieces.map((piece) => piece.index))], [0, 1]);
    assert.equal(deltas.map((delta) => delta.content ?? "").join(""), "Let me look.");
  },

  async "calls are kept when tokens run out"() {
    const stream = await askStreamed(script, "no room", { tools: TOOLS });

    const choices = (await gather(stream)).flatMap((chunk) => chunk.choices);
    const pieces = choices.flatMap((choice) => choice.delta.tool_calls ?? []);
    assert.equal(pieces.map((p) => p.function.arguments).join(""), '{"city":"Oslo"}');
    assert.equal(choices.at(-1).finish_reason, "length");
  },

  async "call ids that repeat"() {
    // Some servers number calls anew in each turn: a result belongs to the call before it.
    const turn = (name, result) => [
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_0", type: "function", function: { name, arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "call_0", content: result },
    ];
    const messages = [user("Go"), ...turn("get_weather", "sunny"), ...turn("get_time", "noon")];

    const answer = await echo.chat.completions.create({ model: MODEL, messages, tools: TOOLS });

    assert.equal(answer.choices[0].message.content, "get_time: noon");
  },

  async "structured output"() {
    const schema = {
      type: "object",
      properties: { name: { type: "string" }, age: { type: "integer" } },
      required: ["name", "age"],
      additionalProperties: false,
    };

    const answer = await ask(echo, "A person", {
      response_format: { type: "json_schema", json_schema: { name: "person", schema } },
    });

    assert.deepEqual(JSON.parse(answer.choices[0].message.content), { name: "sample", age: 0 });
  },

  async image() {
    const part = { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } };

    const answer = await ask(echo, [part]);

    assert.equal(answer.choices[0].message.content, "[image png, 70 bytes]");
  },

  async models() {
    const models = await gather(await echo.models.list());

    assert.ok(models.some((model) => model.id === MODEL));
  },

  async "cached tokens"() {
    const { usage } = await ask(script, "from the cache");

    assert.equal(usage.prompt_tokens, 110);
    assert.equal(usage.prompt_tokens_details.cached_tokens, 80);
    assert.equal(usage.total_tokens, 113);
  },

  async errors() {
    const stranger = new OpenAI({ apiKey: "wrong" });

    await assert.rejects(ask(stranger, "Hello"), OpenAI.AuthenticationError);
    await assert.rejects(ask(echo, "Hello", { model: "nobody.none" }), OpenAI.NotFoundError);
    await assert.rejects(ask(script, "busy"), OpenAI.RateLimitError);
    await assert.rejects(ask(echo, ""), OpenAI.BadRequestError);
    await assert.rejects(
      askStreamed(script, "break off").then(gather),
      (error) => error instanceof OpenAI.APIError && error.code === "model_error",
    );
  },
});
