"""One answer that holds everything, whole and event by event.

Place in the house: tests only.
"""

import msgspec

from outcrop.codecs.anthropic import API
from outcrop.types import content as c
from outcrop.types import events as e
from outcrop.types.responses import Response, Stop
from outcrop.types.usage import CacheWrite, Usage

FOUND = msgspec.Raw(
    b'[{"type":"web_search_result","title":"A page","url":"https://example.org/","page_age":null,'
    b'"encrypted_content":"c2VhbGVk"}]'
)
UPLOADED = c.Foreign(api=API, raw=msgspec.Raw(b'{"type":"container_upload","file_id":"file_1"}'))
CITATION = c.Citation(
    title="A book",
    source_content=(c.Text(text="cited words"),),
    location=c.DocumentLocation(unit="page", document_index=0, start=1, end=2),
)
USAGE = Usage(
    input_tokens=10,
    output_tokens=20,
    total_tokens=37,
    cache_read_tokens=3,
    cache_write_tokens=4,
    cache_writes=(CacheWrite(ttl="5m", tokens=1), CacheWrite(ttl="1h", tokens=3)),
    reasoning_tokens=5,
    server_tool_usage=msgspec.Raw(b'{"web_fetch_requests":0,"web_search_requests":1}'),
)
STOP = Stop(kind="tool_calls", raw="tool_use")

WHOLE = Response(
    content=(
        c.Reasoning(text="I think", signature="proof"),
        c.RedactedReasoning(data=b"c2VhbGVk"),
        c.Text(text="Hello"),
        c.CitedText(content=(c.Text(text="so it is"),), citations=(CITATION,)),
        c.ToolUse(
            id="srvtoolu_1",
            name="web_search",
            arguments=msgspec.Raw(b'{"query":"x"}'),
            type=c.SERVER_TOOL_USE,
        ),
        c.ToolResult(
            id="srvtoolu_1",
            content=(c.JsonValue(value=FOUND),),
            type="web_search_tool_result",
        ),
        UPLOADED,
        c.ToolUse(id="toolu_1", name="weather", arguments=msgspec.Raw(b'{"city":"Rome"}')),
    ),
    stop=STOP,
    usage=USAGE,
)

STREAMED: tuple[e.Event, ...] = (
    e.MessageStarted(),
    e.ReasoningDelta(index=0, text="I "),
    e.ReasoningDelta(index=0, text="think"),
    e.SignatureDelta(index=0, signature="proof"),
    e.BlockEnded(index=0),
    e.RedactedDelta(index=1, data=b"c2Vh"),
    e.RedactedDelta(index=1, data=b"bGVk"),
    e.BlockEnded(index=1),
    e.TextDelta(index=2, text="Hel"),
    e.TextDelta(index=2, text="lo"),
    e.BlockEnded(index=2),
    e.TextDelta(index=3, text="so it is"),
    e.CitationDelta(index=3, citation=CITATION),
    e.BlockEnded(index=3),
    e.ToolStarted(index=4, id="srvtoolu_1", name="web_search", tool_type=c.SERVER_TOOL_USE),
    e.ToolDelta(index=4, id="srvtoolu_1", arguments='{"query":"x"}'),
    e.BlockEnded(index=4),
    e.ToolResultStarted(index=5, id="srvtoolu_1", result_type="web_search_tool_result"),
    e.ToolResultDelta(index=5, content=(c.JsonValue(value=FOUND),)),
    e.BlockEnded(index=5),
    e.ForeignStarted(index=6, start=UPLOADED),
    e.BlockEnded(index=6),
    e.ToolStarted(index=7, id="toolu_1", name="weather"),
    e.ToolDelta(index=7, id="toolu_1", arguments='{"city":'),
    e.ToolDelta(index=7, id="toolu_1", arguments='"Rome"}'),
    e.BlockEnded(index=7),
    e.MessageEnded(stop=STOP),
    e.Metadata(usage=USAGE),
)
"""The same answer as `WHOLE`."""
