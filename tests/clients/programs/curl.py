"""curl against the gateway and the emulator: what an HTTP client sees that knows no model.

Place in the house: tests only. Runs in our own environment: curl is a program of its own.
"""

import json
import os
import shutil
import subprocess
from typing import Any

from tests.clients.programs.checks import MODEL, run, same

CURL = shutil.which("curl") or "curl"
GATEWAY = os.environ["OPENAI_BASE_URL"]
SCRIPTED = os.environ["SCRIPTED_GATEWAY"]
EMULATOR = os.environ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"]
BEARER = f"Authorization: Bearer {os.environ['OPENAI_API_KEY']}"


def whole_answer() -> None:
    status, body = _fetch(f"{GATEWAY}/chat/completions", BEARER, body=_question("Hello, you"))

    same(status, 200)
    same(json.loads(body)["choices"][0]["message"]["content"], "Hello, you")


def stream() -> None:
    status, body = _fetch(
        f"{GATEWAY}/chat/completions", BEARER, body=_question("Hello to you", stream=True)
    )

    *events, end = body.removesuffix("\n\n").split("\n\n")
    chunks = [json.loads(event.removeprefix("data: ")) for event in events]
    texts = [chunk["choices"][0]["delta"].get("content") for chunk in chunks]
    same(status, 200)
    same(end, "data: [DONE]")
    same([text for text in texts if text], ["Hello", " to", " you"])


def a_word_is_there_before_the_next_is_said() -> None:
    question = _question("slowly", stream=True)
    command = _command(f"{SCRIPTED}/chat/completions", BEARER, body=question)

    with subprocess.Popen([*command, "--no-buffer"], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout is not None, "a pipe was asked for"
        first = next(line for line in curl.stdout if '"content":"one"' in line)
        still_running = curl.poll() is None
        rest = curl.stdout.read()

    assert first.startswith("data: {"), first
    assert still_running, "all had come before the first word was told"
    same((rest.count('"content":"'), rest.endswith("data: [DONE]\n\n")), (9, True))


def a_stream_that_breaks_off_says_so() -> None:
    status, body = _fetch(
        f"{SCRIPTED}/chat/completions", BEARER, body=_question("break off", stream=True)
    )

    last = json.loads(body.removesuffix("\n\n").rpartition("\n\n")[2].removeprefix("data: "))
    same(status, 200)
    same(last["error"]["code"], "model_error")
    assert "[DONE]" not in body, "a broken stream ends as a whole one does"


def keys() -> None:
    question = _question("Hello")

    same(_fetch(f"{GATEWAY}/chat/completions", body=question)[0], 401)
    same(_fetch(f"{GATEWAY}/chat/completions", "x-api-key: wrong", body=question)[0], 401)
    same(_fetch(f"{GATEWAY}/models", BEARER)[0], 200)
    same(_fetch(GATEWAY.removesuffix("/v1") + "/health")[0], 200)


def signature() -> None:
    """Once more a signer that is neither ours nor botocore."""
    sent = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
    # AWS encodes paths twice where it signs, and curl does not: no id with a colon here.
    url = f"{EMULATOR}/model/emu.echo/converse"
    signed = ("--aws-sigv4", "aws:amz:us-east-1:bedrock", "--user")

    status, answer = _fetch(url, body=sent, options=(*signed, "outcrop:outcrop"))
    refused, _ = _fetch(url, body=sent, options=(*signed, "outcrop:wrong"))

    same((status, refused), (200, 403))
    same(json.loads(answer)["output"]["message"]["content"], [{"text": "Hello"}])


def _question(text: str, *, stream: bool = False) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], "stream": stream}


def _fetch(
    url: str, *headers: str, body: dict[str, Any] | None = None, options: tuple[str, ...] = ()
) -> tuple[int, str]:
    command = [*_command(url, *headers, body=body), *options, "--write-out", "\n%{http_code}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    text, _, status = done.stdout.rpartition("\n")
    return int(status), text


def _command(url: str, *headers: str, body: dict[str, Any] | None = None) -> list[str]:
    sent = ["--data-raw", json.dumps(body)] if body is not None else []
    named = (*headers, "Content-Type: application/json") if sent else headers
    fields = [option for header in named for option in ("--header", header)]
    return [CURL, "--silent", "--show-error", url, *fields, *sent]


def _version() -> str:
    said = subprocess.run([CURL, "--version"], check=True, capture_output=True, text=True).stdout
    return " ".join(said.split()[:2])


if __name__ == "__main__":
    run(
        "",
        whole_answer,
        stream,
        a_word_is_there_before_the_next_is_said,
        a_stream_that_breaks_off_says_so,
        keys,
        signature,
        title=_version(),
    )
