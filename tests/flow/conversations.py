"""Conversations of every kind that callers send, broken ones above all.

Place in the house: tests only. Hypothesis strategies for canonical requests, and the rules that
every prepared one must keep, written down apart from the code that repairs.
"""

import re
from itertools import pairwise
from typing import Any

import msgspec
from hypothesis import strategies as st

from outcrop.types.content import (
    Block,
    CachePoint,
    Citation,
    CitedText,
    Foreign,
    GuardText,
    Image,
    Inline,
    JsonValue,
    Reasoning,
    RedactedReasoning,
    SystemBlock,
    Text,
    ToolResult,
    ToolUse,
)
from outcrop.types.json import Extra
from outcrop.types.messages import Message
from outcrop.types.requests import ReasoningOptions, Request, Sampling
from outcrop.types.tools import (
    AnyChoice,
    AutoChoice,
    NamedChoice,
    NoChoice,
    SystemTool,
    Tool,
    ToolEntry,
)

CLAUDE = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
LATE_SYSTEM = "us.anthropic.claude-opus-4-8"
NOVA = "us.amazon.nova-2-lite-v1:0"
LLAMA = "meta.llama3-1-8b-instruct-v1:0"
PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/1arbu5hu2sjr"
MODELS = (
    CLAUDE,
    LATE_SYSTEM,
    "us.anthropic.claude-sonnet-5-5",
    NOVA,
    LLAMA,
    "mistral.mistral-large-2402-v1:0",
    "openai.gpt-oss-120b-1:0",
    "vendor.new-model-v1:0",
    PROFILE,
)

words = st.sampled_from(["Hi", " spaced ", "line\n", "", " ", "\n\t", "text é"])
# Few ids, so that they repeat; some that Bedrock refuses.
ids = st.sampled_from(["a", "b", "call_0", "toolu/1", "x" * 70])
names = st.sampled_from(["f", "get_weather"])
_PNG = Image(format="png", source=Inline(b"png"))
_FOREIGN_RAW = msgspec.Raw(b'{"new":{}}')

texts = st.builds(lambda said: Text(text=said), words)
points = st.just(CachePoint())
foreign = st.builds(
    lambda api: Foreign(api=api, raw=_FOREIGN_RAW), st.sampled_from(["converse", "openai_chat"])
)
calls = st.builds(
    lambda call, name, raw: ToolUse(id=call, name=name, arguments=msgspec.Raw(raw)),
    ids,
    names,
    st.sampled_from([b"{}", b'{"x":1}']),
)
broken_calls = st.builds(
    lambda call: ToolUse(
        id=call, name="f", arguments=msgspec.Raw(b'"{cut"'), arguments_error="no JSON object"
    ),
    ids,
)
parts = st.one_of(
    texts,
    st.just(JsonValue(value=msgspec.Raw(b'{"a":1}'))),
    st.just(JsonValue(value=msgspec.Raw(b"[1]"))),
    st.just(_PNG),
    st.just(Foreign(api="openai_chat", raw=_FOREIGN_RAW)),
)
results = st.builds(
    lambda call, content, status: ToolResult(id=call, content=tuple(content), status=status),
    ids,
    st.lists(parts, max_size=3),
    st.sampled_from([None, "success", "error"]),
)
reasoning = st.one_of(
    st.builds(lambda sign: Reasoning(text="hm", signature=sign), st.sampled_from([None, "s", ""])),
    st.just(RedactedReasoning(data=b"x")),
)


@st.composite
def server_calls(draw: st.DrawFn) -> tuple[Block, ...]:
    """Return a call that the service ran itself, and its result beside it."""
    call = draw(ids)
    return (
        ToolUse(
            id=call,
            name="nova_code_interpreter",
            arguments=msgspec.Raw(b"{}"),
            type="server_tool_use",
        ),
        ToolResult(id=call, content=(JsonValue(value=msgspec.Raw(b"{}")),), type="nova_result"),
    )


def _flat(groups: list[Any]) -> tuple[Block, ...]:
    return tuple(
        block for group in groups for block in (group if isinstance(group, tuple) else (group,))
    )


extras = st.sampled_from(
    [
        None,
        None,
        None,
        Extra("openai_chat", {"name": msgspec.Raw(b'"Al"')}),
        Extra("converse", {"new": msgspec.Raw(b"1")}),
    ]
)
user_content = st.lists(
    st.one_of(texts, texts, results, points, foreign, st.just(_PNG), st.just(GuardText(text="g"))),
    max_size=5,
).map(tuple)
assistant_content = st.lists(
    st.one_of(
        texts,
        calls,
        broken_calls,
        reasoning,
        points,
        foreign,
        server_calls(),
        st.just(CitedText(content=(Text(text="c"),), citations=(Citation(title="t"),))),
    ),
    max_size=5,
).map(_flat)
system_blocks: st.SearchStrategy[SystemBlock] = st.one_of(texts, points, foreign)
messages = st.one_of(
    st.builds(
        lambda said, more: Message(role="user", content=said, extra=more), user_content, extras
    ),
    st.builds(
        lambda said, more: Message(role="assistant", content=said, extra=more),
        assistant_content,
        extras,
    ),
    st.builds(
        lambda said: Message(role="system", content=tuple(said)),
        st.lists(system_blocks, max_size=2),
    ),
)
tools: st.SearchStrategy[ToolEntry] = st.one_of(
    st.builds(
        lambda name, said, schema: Tool(
            name=name, description=said, input_schema=msgspec.Raw(schema)
        ),
        names,
        st.sampled_from([None, "", "Does f"]),
        st.sampled_from([b"{}", b"null", b'{"type":"object","properties":{}}', b'{"a":[1, 2]}']),
    ),
    st.just(SystemTool(name="nova_grounding")),
    points,
    st.just(Foreign(api="openai_chat", raw=_FOREIGN_RAW)),
)
choices = st.sampled_from(
    [None, None, AutoChoice(), AnyChoice(), NoChoice(), NamedChoice(name="f")]
)
samplings = st.builds(
    lambda tokens, temperature, top_p, top_k: Sampling(
        max_tokens=tokens, temperature=temperature, top_p=top_p, top_k=top_k
    ),
    st.sampled_from([None, 1, 500, 4000]),
    st.sampled_from([None, 0.0, 0.5, 1.0]),
    st.sampled_from([None, 0.9]),
    st.sampled_from([None, 40]),
)
thinking = st.one_of(
    st.none(),
    st.none(),
    st.builds(
        lambda kind, budget, effort, display: ReasoningOptions(
            type=kind, budget_tokens=budget, effort=effort, display=display
        ),
        st.sampled_from([None, "enabled", "disabled", "adaptive"]),
        st.sampled_from([None, 100, 2000, 50_000]),
        st.sampled_from([None, "none", "minimal", "low", "medium", "high", "xhigh", "max"]),
        st.sampled_from([None, "omitted", "summarized"]),
    ),
)
requests = st.builds(
    lambda model, turns, system, declared, choice, sampling, thought, parallel: Request(
        model=model,
        messages=tuple(turns),
        system=tuple(system),
        tools=tuple(declared),
        tool_choice=choice,
        sampling=sampling,
        reasoning=thought,
        parallel_tool_calls=parallel,
    ),
    st.sampled_from(MODELS),
    st.lists(messages, max_size=8),
    st.lists(system_blocks, max_size=2),
    st.lists(tools, max_size=3),
    choices,
    samplings,
    thinking,
    st.sampled_from([None, True, False]),
)


def problems(request: Request, *, is_claude_or_nova: bool) -> list[str]:
    """Return what Converse would refuse, or what the specification forbids to send."""
    found = [*_turn_problems(request), *_tool_problems(request)]
    blocks = [block for message in request.messages for block in message.content]
    if any(isinstance(block, Foreign) and block.api != "converse" for block in blocks):
        found.append("a block of another API")
    failed = [b for b in blocks if isinstance(b, ToolResult) and b.status == "error"]
    if failed and not is_claude_or_nova:
        found.append("a status that this model does not know")
    return found


def _turn_problems(request: Request) -> list[str]:
    found = []
    roles = [message.role for message in request.messages]
    said = [role for role in roles if role != "system"]
    if not roles or roles[0] != "user":
        found.append("the user does not begin")
    if any(one == other for one, other in pairwise(said)):
        found.append("two turns of one role")
    for place, role in enumerate(roles):
        if role == "system" and (roles[place - 1], *roles[place + 1 : place + 2]) not in {
            ("user",),
            ("user", "assistant"),
        }:
            found.append("a system turn where none may stand")
    for message in request.messages:
        if not any(not isinstance(block, CachePoint) for block in message.content):
            found.append("a turn that says nothing")
        if any(isinstance(block, Text) and not block.text.strip() for block in message.content):
            found.append("a blank text")
    return found


def _tool_problems(request: Request) -> list[str]:
    found = []
    seen: set[str] = set()
    open_calls: list[str] = []
    for message in request.messages:
        results = [block for block in message.content if isinstance(block, ToolResult)]
        if message.role == "user":
            head = message.content[: len(open_calls)]
            if [getattr(block, "id", "") for block in head] != open_calls or (
                len(results) != len(open_calls)
            ):
                found.append("results that are not those of the turn before")
            if not all(result.content for result in results):
                found.append("an empty result")
        elif open_calls:
            found.append("calls without results")
        uses = [block for block in message.content if isinstance(block, ToolUse)]
        if any(
            use.id in seen or not re.fullmatch(r"[a-zA-Z0-9_.:-]{1,64}", use.id) for use in uses
        ):
            found.append("an id that was used, or is illegal")
        if len({use.id for use in uses}) != len(uses):
            found.append("an id twice in a turn")
        seen |= {use.id for use in uses}
        open_calls = [use.id for use in uses if not use.by_server]
        found += _order_problems(message)
    if open_calls:
        found.append("calls without results at the end")
    if seen and not any(not isinstance(tool, CachePoint) for tool in request.tools):
        found.append("tool blocks without tools")
    return found


def _order_problems(message: Message) -> list[str]:
    called = False
    for block in message.content:
        if called and isinstance(block, Text | CitedText):
            return ["text after a call"]
        called = called or (isinstance(block, ToolUse) and not block.by_server)
    return []
