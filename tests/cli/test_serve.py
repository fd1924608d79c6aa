"""``outcrop serve``: says where it is, lets nobody in by mistake, finishes what it began."""

import signal
import socket
from urllib.parse import urlsplit

import pytest
from openai import OpenAI

from tests.cli.running import Running, Terminal
from tests.gateway.stage import MODEL, Gate, Stage, saying
from tests.gateway.wire import fetch, opened, question, request, text_of

LOCAL = ("serve", "--local", "--engine", "echo", "--port", "0")


def url_of(serving: Running) -> str:
    """Wait until a gateway says where it is."""
    return serving.line().removeprefix("outcrop gateway at ").partition(",")[0]


def wait_until_refused(url: str) -> None:
    """Knock until nobody takes new connections."""
    place = urlsplit(url)
    while True:
        try:
            socket.create_connection((place.hostname, place.port), timeout=10).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue  # It was in the queue when the listener closed.


def test_says_how_to_reach_it(terminal: Terminal) -> None:
    """What is printed can be pasted into a shell, and OpenAI's SDK then works."""
    with terminal.running(*LOCAL) as serving:
        first, second = serving.line(), serving.line()
        url = first.removeprefix("outcrop gateway at ").partition(",")[0]
        with OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
            answer = client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "Hello"}]
            )
        serving.signal(signal.SIGTERM)
        done = serving.finish()

    assert first == f"outcrop gateway at {url}, over the emulator on this machine"
    assert second == f"  export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=any"
    assert answer.choices[0].message.content == "Hello"
    assert done == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_finishes_what_it_began(customer: Terminal, stage: Stage, number: int) -> None:
    """A new version is rolled out: no answer under way is lost, no new one is begun (GATE-09)."""
    gate = Gate()
    stage.acts["drain"] = saying("one", gate, " two")

    with customer.running("serve", "--port", "0") as serving:
        url = url_of(serving)
        with opened(question(url, "drain", stream=True)) as reply:
            reply.until('"one"')
            serving.signal(number)
            wait_until_refused(url)
            gate.open()
            events = reply.events()
        done = serving.finish()

    assert text_of(events) == "one two"
    assert events[-1] == "[DONE]"
    assert (done.code, done.err) == (0, "")


def test_finishes_with_an_emulator_of_its_own(terminal: Terminal) -> None:
    """The emulator in the same process must outlive the answers that come from it."""
    (terminal.folder / "slow.yaml").write_text(
        """
        rules:
          - delays: {chunk_s: 0.05}
            reply: {content: [{text: "one two three four five six"}]}
        """
    )
    command = ("serve", "--local", "--engine", "script:slow.yaml", "--port", "0")

    with terminal.running(*command) as serving:
        url = url_of(serving)
        with opened(question(url, "hi", stream=True)) as reply:
            reply.until('"one"')
            serving.signal(signal.SIGTERM)
            events = reply.events()
        done = serving.finish()

    assert text_of(events) == "one two three four five six"
    assert events[-1] == "[DONE]"
    assert (done.code, done.err) == (0, "")


def test_key(terminal: Terminal) -> None:
    """The key is needed, is never printed, and opens."""
    with terminal.running(*LOCAL, OUTCROP_MASTER_KEY="sk-gateway") as serving:
        url, told = url_of(serving), serving.line()
        refused = fetch(question(url, "hi"))
        opening = (("authorization", "Bearer sk-gateway"),)
        accepted = fetch(question(url, "hi", headers=opening))
        serving.signal(signal.SIGTERM)
        serving.finish()

    assert told.endswith("OPENAI_API_KEY=$OUTCROP_MASTER_KEY")
    assert (refused.status, accepted.status) == (401, 200)


def test_is_not_opened_by_mistake(terminal: Terminal) -> None:
    done = terminal.run(*LOCAL, "--host", "0.0.0.0")

    assert (done.code, done.out) == (2, "")
    assert "OUTCROP_MASTER_KEY" in done.err
    assert "0.0.0.0" in done.err


def test_opened_on_purpose(terminal: Terminal) -> None:
    with terminal.running(*LOCAL, "--host", "0.0.0.0", OUTCROP_ALLOW_OPEN="1") as serving:
        url = url_of(serving)
        reply = fetch(request(url.replace("0.0.0.0", "127.0.0.1"), "GET", "/health"))

    assert reply.body == b'{"status":"ok"}'


def test_place_by_the_environment(terminal: Terminal) -> None:
    """Containers are configured by variables (GATE-01)."""
    environ = {"OUTCROP_HOST": "127.0.0.9", "OUTCROP_PORT": "0"}

    with terminal.running("serve", "--local", "--engine", "echo", **environ) as serving:
        url = url_of(serving)

    assert url.startswith("http://127.0.0.9:")
    assert not url.endswith(":0")


def test_port_is_taken(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        done = terminal.run("serve", "--local", "--engine", "echo", "--port", port)

    assert (done.code, done.out) == (2, "")
    assert f"port {port}" in done.err
    assert "--port" in done.err
    assert done.err.count("\n") <= 3


def test_starts_without_aws(terminal: Terminal) -> None:
    """No credentials, no network: the gateway starts, lives, and says it is not ready."""
    with terminal.running("serve", "--port", "0", AWS_REGION="eu-west-1") as serving:
        first = serving.line()
        url = first.removeprefix("outcrop gateway at ").partition(",")[0]
        alive = fetch(request(url, "GET", "/health"))
        ready = fetch(request(url, "GET", "/health/ready"))

    assert first.endswith(", over Bedrock in eu-west-1")
    assert alive.status == 200
    assert ready.status == 503
    assert b"No AWS credentials" in ready.body


def test_engine_without_local(terminal: Terminal) -> None:
    done = terminal.run("serve", "--engine", "echo")

    assert done.code == 2
    assert "--engine goes with --local" in done.err
