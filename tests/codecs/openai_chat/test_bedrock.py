"""Converse's own members inside a chat request."""

from typing import Any

import msgspec
import pytest
from botocore.session import Session

from outcrop.codecs.openai_chat import bedrock, decode_request
from outcrop.errors import BadRequestError
from outcrop.types.content import CachePoint, Foreign, Text
from outcrop.types.requests import Guardrail, Request, Sampling, TextFormat
from outcrop.types.tools import AnyChoice, AutoChoice, NamedChoice, SystemTool, Tool, ToolChoice
from tests.codecs.openai_chat.asking import ask, refusal

BODY = b'{"messages":[{"role":"user","content":"a"}]}'
TOOL = {"type": "function", "function": {"name": "f"}}


def merged(members: dict[str, Any], **more: Any) -> Request:
    return ask(bedrock=members, **more).request


class TestBody:
    def test_every_member_of_converse_is_known(self) -> None:
        """A new member of the service model shows here first (CONV-01)."""
        model = Session().get_service_model("bedrock-runtime")
        shape = model.operation_model("ConverseStream").input_shape
        assert shape is not None
        known = {field.encode_name for field in msgspec.structs.fields(bedrock._Members)}

        assert set(shape.members) == known

    def test_guardrail(self) -> None:
        """Chat has no word for it (OAI-14)."""
        request = merged(
            {
                "guardrailConfig": {
                    "guardrailIdentifier": "g",
                    "guardrailVersion": "2",
                    "trace": "enabled_full",
                    "streamProcessingMode": "async",
                }
            }
        )

        assert request.guardrail == Guardrail(
            identifier="g", version="2", trace="enabled_full", stream_mode="async"
        )

    def test_single_values(self) -> None:
        """The rest of what stands alone."""
        request = merged(
            {
                "additionalModelRequestFields": {"top_k": 3},
                "additionalModelResponseFieldPaths": ["/stop_sequence"],
                "promptVariables": {"city": {"text": "Paris"}},
                "performanceConfig": {"latency": "optimized"},
                "serviceTier": {"type": "reserved"},
                "outputConfig": {
                    "effort": "low",
                    "textFormat": {
                        "type": "json_schema",
                        "structure": {"jsonSchema": {"schema": "{}", "name": "n"}},
                    },
                },
            },
            service_tier="flex",
        )

        fields = request.additional_model_request_fields
        assert fields is not None
        assert bytes(fields) == b'{"top_k":3}'
        assert request.additional_model_response_field_paths == ("/stop_sequence",)
        assert request.prompt_variables == {"city": "Paris"}
        assert (request.latency, request.service_tier, request.effort) == (
            "optimized",
            "reserved",
            "low",
        )
        assert request.text_format == TextFormat(schema="{}", name="n")

    def test_sampling_is_laid_over(self) -> None:
        """The more exact word wins; what it does not say stays."""
        request = merged(
            {"inferenceConfig": {"maxTokens": 9, "stopSequences": ["B"]}},
            max_tokens=5,
            temperature=0.5,
            stop="A",
        )

        assert request.sampling == Sampling(max_tokens=9, temperature=0.5, stop_sequences=("B",))

    def test_system_is_added(self) -> None:
        """Blocks that only Converse has pass as they are."""
        guard = {"guardContent": {"text": {"text": "x"}}}
        request = ask(
            {"role": "system", "content": "a"},
            bedrock={"system": [{"text": "b"}, {"cachePoint": {"type": "default"}}, guard]},
        ).request

        assert request.system == (
            Text(text="a"),
            Text(text="b"),
            CachePoint(),
            Foreign(api="converse", raw=msgspec.Raw(msgspec.json.encode(guard))),
        )

    def test_tools_are_added(self) -> None:
        """Tools that the service runs itself have no form in Chat (TOOL-13)."""
        spec = {"name": "g", "description": "d", "inputSchema": {"json": {"type": "object"}}}
        request = merged(
            {
                "toolConfig": {
                    "tools": [
                        {"toolSpec": spec},
                        {"systemTool": {"name": "nova_grounding"}},
                        {"cachePoint": {"type": "default", "ttl": "1h"}},
                        {"newTool": {}},
                    ]
                }
            },
            tools=[TOOL],
        )

        names = [each.name for each in request.tools if isinstance(each, Tool)]
        assert names == ["f", "g"]
        assert request.tools[2:] == (
            SystemTool(name="nova_grounding"),
            CachePoint(ttl="1h"),
            Foreign(api="converse", raw=msgspec.Raw(b'{"newTool":{}}')),
        )

    @pytest.mark.parametrize(
        ("choice", "read"),
        [
            ({"auto": {}}, AutoChoice()),
            ({"any": {}}, AnyChoice()),
            ({"tool": {"name": "f"}}, NamedChoice(name="f")),
        ],
        ids=["auto", "any", "tool"],
    )
    def test_tool_choice(self, choice: dict[str, Any], read: ToolChoice) -> None:
        """Converse's three forms."""
        request = merged({"toolConfig": {"toolChoice": choice}}, tools=[TOOL])

        assert request.tool_choice == read

    def test_labels_join(self) -> None:
        """Labels from both sides go together."""
        request = merged({"requestMetadata": {"a": "1"}}, user="u")

        assert request.request_metadata == {"user": "u", "a": "1"}

    @pytest.mark.parametrize(
        ("members", "text", "param"),
        [
            (
                {"guardrailConfig": {"traces": "g"}},
                "bedrock: guardrailConfig is invalid: object contains unknown field `traces`",
                "bedrock.guardrailConfig",
            ),
            (
                {"topK": 1},
                "bedrock: the request body is invalid: object contains unknown field `topK`",
                "bedrock",
            ),
            (
                {"messages": []},
                "bedrock.messages would contradict messages: use messages",
                "bedrock.messages",
            ),
            (
                {"modelId": "x"},
                "bedrock.modelId would contradict model: use model",
                "bedrock.modelId",
            ),
            (
                {"additionalModelRequestFields": [1]},
                "bedrock.additionalModelRequestFields must be an object",
                "bedrock.additionalModelRequestFields",
            ),
            (
                {"additionalModelResponseFieldPaths": ["/a"] * 11},
                "bedrock.additionalModelResponseFieldPaths holds at most 10 paths",
                "bedrock.additionalModelResponseFieldPaths",
            ),
            ({"system": [{}]}, "bedrock.system[0] holds no block", "bedrock.system[0]"),
            (
                {"system": [{"text": 1}]},
                "bedrock.system[0]: text is invalid: expected `str | null`, got `int`",
                "bedrock.system[0].text",
            ),
            (
                {"toolConfig": {"tools": [{}]}},
                "bedrock.toolConfig.tools[0] holds no tool",
                "bedrock.toolConfig.tools[0]",
            ),
            (
                {
                    "toolConfig": {
                        "tools": [{"toolSpec": {"name": "f", "inputSchema": {"json": 1}}}]
                    }
                },
                "bedrock.toolConfig.tools[0].toolSpec.inputSchema.json must be an object",
                "bedrock.toolConfig.tools[0].toolSpec.inputSchema.json",
            ),
        ],
    )
    def test_refusals(self, members: dict[str, Any], text: str, param: str) -> None:
        """A misspelt guardrail would be no guardrail."""
        assert refusal(bedrock=members) == (text, param)


class TestHeaders:
    def test_all(self) -> None:
        """Clients of InvokeModel know these headers (OAI-14)."""
        request = decode_request(
            BODY,
            (
                ("X-Amzn-Bedrock-GuardrailIdentifier", "g"),
                ("x-amzn-bedrock-guardrailversion", "DRAFT"),
                ("X-Amzn-Bedrock-Trace", "ENABLED"),
                ("X-Amzn-Bedrock-Service-Tier", "flex"),
                ("X-Amzn-Bedrock-PerformanceConfig-Latency", "optimized"),
                ("X-Amzn-Bedrock-Request-Metadata", '{"a":"1"}'),
                ("Authorization", "Bearer x"),
            ),
        ).request

        assert request.guardrail == Guardrail(identifier="g", version="DRAFT", trace="enabled")
        assert (request.service_tier, request.latency) == ("flex", "optimized")
        assert request.request_metadata == {"a": "1"}

    def test_body_wins(self) -> None:
        """A header is set once for all requests, a body for one."""
        body = (
            b'{"messages":[{"role":"user","content":"a"}],"service_tier":"priority","user":"u",'
            b'"bedrock":{"guardrailConfig":{"guardrailIdentifier":"mine"}}}'
        )
        request = decode_request(
            body,
            (
                ("X-Amzn-Bedrock-GuardrailIdentifier", "theirs"),
                ("X-Amzn-Bedrock-Trace", "DISABLED"),
                ("X-Amzn-Bedrock-Service-Tier", "flex"),
                ("X-Amzn-Bedrock-Request-Metadata", '{"user":"x","a":"1"}'),
            ),
        ).request

        assert request.guardrail == Guardrail(identifier="mine", trace="disabled")
        assert request.service_tier == "priority"
        assert request.request_metadata == {"user": "u", "a": "1"}

    def test_other_headers_change_nothing(self) -> None:
        """The gateway passes all it got."""
        assert decode_request(BODY, (("Host", "x"), ("Accept", "*/*"))) == decode_request(BODY)

    def test_refusal(self) -> None:
        """Labels that cannot be read are not dropped."""
        with pytest.raises(BadRequestError) as raised:
            decode_request(BODY, (("X-Amzn-Bedrock-Request-Metadata", "a=1"),))

        assert raised.value.param == "X-Amzn-Bedrock-Request-Metadata"
