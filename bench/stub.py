"""A stub of Bedrock Runtime that is never the bottleneck: nginx with canned bodies."""

from pathlib import Path

import msgspec

from outcrop.codecs.converse import StreamEncoder, encode_response
from outcrop.protocols.eventstream import join_frame
from outcrop.protocols.frameheaders import encode_headers
from outcrop.types.content import Text
from outcrop.types.events import (
    BlockEnded,
    Event,
    MessageEnded,
    MessageStarted,
    Metadata,
    TextDelta,
)
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import Usage

DELTAS = 100
"""Text deltas of one streamed answer."""

_ANSWER = "An outcrop is where rock that is hidden elsewhere comes to the surface. " * 6
_USAGE = Usage(input_tokens=212, output_tokens=96, total_tokens=308)
_STOP = Stop(kind="stop", raw="end_turn")


def whole_answer() -> bytes:
    """Return the body of a Converse reply with 400 characters of text."""
    text = Text(text=_ANSWER[:400])
    return encode_response(Response(content=(text,), stop=_STOP, usage=_USAGE, latency_ms=100))


def streamed_answer() -> bytes:
    """Return the body of a ConverseStream reply with `DELTAS` deltas."""
    encoder = StreamEncoder()
    events: list[Event] = [MessageStarted()]
    events += [TextDelta(index=0, text=" word") for _ in range(DELTAS)]
    events += [BlockEnded(index=0), MessageEnded(stop=_STOP), Metadata(usage=_USAGE, latency_ms=9)]
    frames = []
    for event in events:
        encoded = encoder.encode(event)
        assert encoded is not None, "every event here is on the wire"
        name, payload = encoded
        headers = encode_headers(
            {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
        )
        padded = payload[:-1] + b',"p":"abcdefghijklmnopqrstuvw"}'
        frames.append(join_frame(headers, padded))
    return b"".join(frames)


def write_config(folder: Path, *, stub_port: int, proxy_port: int) -> tuple[Path, Path]:
    """Write two nginx configurations, of the stub and of a proxy to it; return their paths."""
    (folder / "frames.bin").write_bytes(streamed_answer())
    (folder / "answer.json").write_bytes(whole_answer())
    stub = f"""
    server {{
        listen 127.0.0.1:{stub_port} reuseport;
        root {folder};
        location ~ /converse$ {{ error_page 405 =200 /answer.json; return 405; }}
        location ~ /converse-stream$ {{ error_page 405 =200 /frames.bin; return 405; }}
        location = /answer.json {{ types {{}} default_type application/json; }}
        location = /frames.bin {{ types {{}} default_type application/vnd.amazon.eventstream; }}
    }}"""
    proxy = f"""
    upstream bedrock {{ server 127.0.0.1:{stub_port}; keepalive 128; }}
    server {{
        listen 127.0.0.1:{proxy_port};
        location / {{
            proxy_pass http://bedrock;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering off;
        }}
    }}"""
    return _write(folder, "stub", stub), _write(folder, "proxy", proxy)


def _write(folder: Path, name: str, servers: str) -> Path:
    path = folder / f"{name}.conf"
    path.write_text(
        f"""
daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.log;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 100000000; keepalive_timeout 600s; tcp_nodelay on;
    client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
    fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u;
    scgi_temp_path {folder}/{name}-s;
    open_file_cache max=16;
    {servers}
}}
"""
    )
    return path


def question(*, stream: bool) -> bytes:
    """Return an OpenAI chat request of about 1 KB."""
    padding = "Explain what an outcrop tells a geologist about the rock below. " * 12
    body = {
        "model": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "messages": [
            {"role": "system", "content": "You are a patient teacher of geology."},
            {"role": "user", "content": padding},
        ],
        "max_completion_tokens": 400,
        "temperature": 0.2,
    }
    if stream:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return msgspec.json.encode(body)
