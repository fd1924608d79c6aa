"""How the answer shall be made."""

from typing import Any

import msgspec
import pytest

from outcrop.types.requests import ReasoningOptions, Sampling, TextFormat
from tests.codecs.openai_chat.asking import ask, refusal

EFFORTS = "none, minimal, low, medium, high, xhigh, max"


def rules(**members: Any) -> list[str]:
    return [change.rule for change in ask(**members).adjustments]


class TestSampling:
    def test_all(self) -> None:
        """Every setting arrives under its canonical name."""
        sampling = ask(
            max_tokens=10,
            temperature=0,
            top_p=1,
            top_k=40,
            stop="END",
            seed=7,
            presence_penalty=-0.5,
            frequency_penalty=0.5,
            logit_bias={"1": 2},
            logprobs=True,
            top_logprobs=3,
        ).request.sampling

        assert sampling == Sampling(
            max_tokens=10,
            temperature=0.0,
            top_p=1.0,
            top_k=40,
            stop_sequences=("END",),
            seed=7,
            presence_penalty=-0.5,
            frequency_penalty=0.5,
            logit_bias=msgspec.Raw(b'{"1":2}'),
            logprobs=True,
            top_logprobs=3,
        )

    @pytest.mark.parametrize(
        ("members", "limit"),
        [
            ({"max_tokens": 5, "max_completion_tokens": 9}, 5),
            ({"max_tokens": 0, "max_completion_tokens": 9}, 9),
            ({"max_completion_tokens": -1}, None),
            ({"max_tokens": 2**31 - 1}, 2**31 - 1),
        ],
    )
    def test_max_tokens(self, members: dict[str, int], limit: int | None) -> None:
        """`max_tokens` first; nothing positive means unset (CONF-14)."""
        assert ask(**members).request.sampling.max_tokens == limit

    @pytest.mark.parametrize("asked", [1.2, 2])
    def test_hot_temperature(self, asked: float) -> None:
        """OpenAI's scale ends at 2, Bedrock's at 1; the change is said (OAI-03)."""
        assert ask(temperature=asked).request.sampling.temperature == 1.0
        assert rules(temperature=asked) == ["temperature_clamped"]
        assert rules(temperature=1) == []

    @pytest.mark.parametrize(
        ("stop", "sequences"),
        [("END", ("END",)), (["a", "", "b"], ("a", "b")), ("", ()), ([], ())],
    )
    def test_stop(self, stop: object, sequences: tuple[str, ...]) -> None:
        """A string or a list; the service refuses empty ones (OAI-04, CONV-03)."""
        assert ask(stop=stop).request.sampling.stop_sequences == sequences

    def test_dropped_stop_is_said(self) -> None:
        """Dropping is a change."""
        assert rules(stop=["a", ""]) == ["empty_stop"]


class TestReasoning:
    @pytest.mark.parametrize(
        ("members", "options"),
        [
            ({"reasoning_effort": "none"}, ReasoningOptions(effort="none")),
            ({"reasoning": {"effort": "max"}}, ReasoningOptions(effort="max")),
            (
                {"reasoning": {"max_tokens": 2048, "exclude": True}},
                ReasoningOptions(budget_tokens=2048, display="omitted"),
            ),
            (
                {"reasoning": {"enabled": True, "summary": "auto"}},
                ReasoningOptions(type="enabled", display="summarized"),
            ),
            ({"reasoning": {"enabled": False}}, ReasoningOptions(type="disabled")),
            (
                {"thinking": {"type": "enabled", "budget_tokens": 4096}},
                ReasoningOptions(type="enabled", budget_tokens=4096),
            ),
            (
                {"thinking": {"type": "adaptive", "display": "omitted"}},
                ReasoningOptions(type="adaptive", display="omitted"),
            ),
            (
                {
                    "thinking": {"budget_tokens": 1},
                    "reasoning": {"effort": "low", "max_tokens": 2},
                    "reasoning_effort": "high",
                },
                ReasoningOptions(budget_tokens=1, effort="low"),
            ),
            ({"reasoning": {}, "thinking": {}}, None),
        ],
    )
    def test_read(self, members: dict[str, Any], options: ReasoningOptions | None) -> None:
        """Three ways to say it, one meaning; the more exact one wins (OAI-07)."""
        assert ask(**members).request.reasoning == options

    @pytest.mark.parametrize(
        ("members", "text", "param"),
        [
            (
                {"reasoning_effort": "extreme"},
                f"unsupported reasoning_effort: extreme; give one of {EFFORTS}",
                "reasoning_effort",
            ),
            (
                {"reasoning": {"effort": "extreme"}},
                f"unsupported reasoning.effort: extreme; give one of {EFFORTS}",
                "reasoning.effort",
            ),
            ({"thinking": {"type": "deep"}}, "unsupported thinking.type: deep", "thinking.type"),
        ],
        ids=["effort", "reasoning", "thinking"],
    )
    def test_refusals(self, members: dict[str, Any], text: str, param: str) -> None:
        """A misspelt effort would silently be the default one."""
        assert refusal(**members) == (text, param)


class TestTextFormat:
    def test_schema_passes_verbatim(self) -> None:
        """AWS takes the schema as a text; its order and spaces decide what is cached."""
        schema = b'{"type": "object",  "properties": {"b": {}, "a": {}}}'
        form = {"name": "n", "description": "d", "strict": True, "schema": msgspec.Raw(schema)}

        read = ask(response_format={"type": "json_schema", "json_schema": form})

        assert read.request.text_format == TextFormat(
            schema=schema.decode(), name="n", description="d", strict=True
        )

    def test_json_object(self) -> None:
        """Any object; the trap is to accept it and do nothing."""
        read = ask(response_format={"type": "json_object"}).request.text_format

        assert read == TextFormat(type="json_object")

    def test_text(self) -> None:
        """Text is the default."""
        assert ask(response_format={"type": "text"}).request.text_format is None

    @pytest.mark.parametrize(
        ("form", "text", "param"),
        [
            ({"type": "xml"}, "unsupported response_format type: xml", "response_format.type"),
            *(
                (
                    {"type": "json_schema", **schema},
                    "response_format.json_schema.schema is required",
                    "response_format.json_schema.schema",
                )
                for schema in ({}, {"json_schema": {"name": "n", "schema": None}})
            ),
            (
                {"type": "json_schema", "json_schema": {"schema": "object"}},
                "response_format.json_schema.schema must be an object",
                "response_format.json_schema.schema",
            ),
        ],
    )
    def test_refusals(self, form: dict[str, Any], text: str, param: str) -> None:
        """A form that cannot be given is refused, not ignored."""
        assert refusal(response_format=form) == (text, param)


class TestTier:
    @pytest.mark.parametrize(
        ("asked", "tier", "changes"),
        [
            ("auto", None, []),
            ("default", "default", []),
            ("flex", "flex", []),
            ("priority", "priority", []),
            ("reserved", "reserved", []),
            ("fast", "priority", ["service_tier"]),
            ("scale", None, ["service_tier"]),
        ],
    )
    def test_read(self, asked: str, tier: str | None, changes: list[str]) -> None:
        """OpenAI's tiers, and the one that only Bedrock has (OAI-10)."""
        assert ask(service_tier=asked).request.service_tier == tier
        assert rules(service_tier=asked) == changes


class TestLabels:
    def test_all_sources(self) -> None:
        """Who asked must be found in AWS's log; a client's own label wins (OAI-11)."""
        labels = ask(
            metadata={"team": "a", "user": "mine"}, user="u", safety_identifier="s"
        ).request.request_metadata

        assert labels == {"team": "a", "user": "mine", "safety_identifier": "s"}

    def test_illegal_characters(self) -> None:
        """AWS refuses them; replaced, and said."""
        asked = ask(metadata={"téam": "a|b", "ok key": "x:_@$#=/+,-."})

        assert asked.request.request_metadata == {"t_am": "a_b", "ok key": "x:_@$#=/+,-."}
        assert [change.rule for change in asked.adjustments] == ["request_metadata"]

    def test_nobody(self) -> None:
        """No labels are no labels."""
        assert ask(metadata={}, user="").request.request_metadata is None

    @pytest.mark.parametrize(
        ("members", "text", "param"),
        [
            (
                {"metadata": {str(n): "" for n in range(16)}, "user": "u"},
                "metadata and the user make more than 16 labels",
                "metadata",
            ),
            (
                {"metadata": {"a": "x" * 257}},
                "metadata names and values have 1 to 256 characters",
                "metadata.a",
            ),
            (
                {"metadata": {"": "x"}},
                "metadata names and values have 1 to 256 characters",
                "metadata.",
            ),
        ],
        ids=["many", "long", "nameless"],
    )
    def test_refusals(self, members: dict[str, Any], text: str, param: str) -> None:
        """Labels that are over the limit are an error, not cut (CONV-08)."""
        assert refusal(**members) == (text, param)
