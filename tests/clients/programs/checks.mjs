// Makes the checks of a client and reports them: what all programs in JavaScript share.
//
// The report goes into a file, for clients print what they like; tests/clients/running.py reads it.

import { appendFileSync, readFileSync } from "node:fs";

export const MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
// Asked for JSON by a tool, whose schema it is told whole.
export const UNFUSSY = "us.amazon.nova-lite-v1:0";

// A picture of one pixel, 70 bytes.
export const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export async function run(packageName, checks) {
  const file = new URL(`node_modules/${packageName}/package.json`, import.meta.url);
  const { version } = JSON.parse(readFileSync(file));
  report({ client: `${packageName} ${version}`, checks: Object.keys(checks) });
  for (const [name, check] of Object.entries(checks)) {
    const began = performance.now();
    let problem = "";
    try {
      await check();
    } catch (error) {
      problem = error.stack || String(error);
    }
    report({ name, seconds: (performance.now() - began) / 1000, problem });
  }
}

export async function gather(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

function report(line) {
  appendFileSync(process.env.OUTCROP_REPORT, JSON.stringify(line) + "\n");
}
