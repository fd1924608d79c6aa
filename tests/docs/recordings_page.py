"""The page that says how each recording of real traffic fares: docs/reference/recordings.md.

Place in the house: tests only. The comparisons are the tests of the codecs themselves, called one
by one; `tests.docs.test_reference` holds the page to them.

    python -m scripts.write_reference
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from tests.client import test_native as of_invoke
from tests.codecs import recorded_answers as answers
from tests.codecs.anthropic import test_recordings as of_claude
from tests.codecs.converse import test_recordings as of_converse
from tests.codecs.embeddings.test_table import TestRecorded
from tests.codecs.native import test_recordings as of_natives
from tests.codecs.openai_chat import test_recordings as of_gateway
from tests.codecs.openai_chat import test_upstream_reply as of_chat_answers
from tests.codecs.openai_chat import test_upstream_request as of_chat_requests
from tests.codecs.openai_responses import test_request as of_responses_requests
from tests.codecs.openai_responses import test_response as of_responses_answers
from tests.codecs.openai_responses import test_stream as of_responses_streams
from tests.codecs.openai_responses import test_stream_encoding as of_responses_writing
from tests.codecs.rerank import test_rerank as of_rerank
from tests.flow import test_counting as of_counting
from tests.flow import test_faults as of_faults
from tests.flow import test_invocation as of_profiles
from tests.flow import test_listing as of_listing
from tests.recordings import Interaction, interactions

Predicate = Callable[[Interaction], bool]
Test = Callable[[Interaction], None]


class Check(msgspec.Struct, frozen=True):
    """One comparison: which column it fills, for which recordings, by which test."""

    column: str
    apis: tuple[str, ...]
    where: Predicate
    test: Test

    def applies(self, recorded: Interaction) -> bool:
        """Tell whether the test was written for this recording."""
        return recorded.api in self.apis and self.where(recorded)


COLUMNS: Final = ("request", "answer", "fold", "usage", "gateway", "refusal")


def anything(_: Interaction) -> bool:
    return True


def is_asked(recorded: Interaction) -> bool:
    return recorded.request_body is not None


def is_refused(recorded: Interaction) -> bool:
    return recorded.status >= 400


def is_of_a_model_of_ones_own(recorded: Interaction) -> bool:
    """Tell whether the body is in a form that nobody but its owner knows: `invoke` passes it on."""
    return recorded.family == "imported-model"


def is_streamed(recorded: Interaction) -> bool:
    return recorded.api.endswith("_stream") or of_responses_streams.is_stream(recorded)


def is_embedding(recorded: Interaction) -> bool:
    return "embedding" in recorded.features


def is_rerank(recorded: Interaction) -> bool:
    return "rerank" in recorded.features


def operation(name: str) -> Predicate:
    """Return what tells the calls of one operation."""
    return lambda recorded: recorded.operation == name


_embedded = TestRecorded()
_APIS: Final = (
    "converse",
    "converse_stream",
    "invoke",
    "invoke_stream",
    "other",
    "list_foundation_models",
    "list_inference_profiles",
)
_CONVERSE: Final = _APIS[:2]
_INVOKE: Final = _APIS[2:4]
_WHOLE: Final = ("invoke",)
_STREAM: Final = ("invoke_stream",)
_OTHER: Final = ("other",)
_spoke, _claude, _native = of_converse.is_answered, of_claude.is_answered, of_natives.is_answered
_own = is_of_a_model_of_ones_own
_responses = of_responses_requests.is_responses
_response, _response_stream = of_responses_answers.is_whole, of_responses_streams.is_stream

CHECKS: Final = tuple(
    Check(*each)
    for each in (
        ("request", _CONVERSE, is_asked, of_converse.test_request),
        ("answer", ("converse",), _spoke, of_converse.test_response),
        ("answer", ("converse_stream",), _spoke, of_converse.test_events),
        ("fold", ("converse_stream",), _spoke, of_converse.test_fold),
        ("usage", _CONVERSE, _spoke, of_converse.test_usage_is_what_aws_reported),
        ("request", _INVOKE, of_claude.is_messages, of_claude.test_request),
        ("answer", _WHOLE, _claude, of_claude.test_response),
        ("answer", _STREAM, _claude, of_claude.test_events),
        ("fold", _STREAM, _claude, of_claude.test_fold),
        ("usage", _WHOLE, _claude, of_claude.test_usage_is_what_aws_reported),
        ("usage", _STREAM, _claude, of_claude.test_streamed_usage_is_what_aws_reported),
        ("request", _INVOKE, of_natives.is_native, of_natives.test_request),
        ("answer", _WHOLE, _native, of_natives.test_response),
        ("answer", _STREAM, _native, of_natives.test_stream),
        ("answer", _STREAM, _native, of_natives.test_documents),
        ("fold", _STREAM, _native, of_natives.test_folded_stream),
        ("usage", _WHOLE, _native, of_natives.test_usage),
        ("usage", _STREAM, _native, of_natives.test_stream_usage),
        ("request", _WHOLE, is_embedding, _embedded.test_request),
        ("answer", _WHOLE, is_embedding, _embedded.test_response),
        ("answer", _WHOLE, is_embedding, _embedded.test_vectors),
        ("usage", _WHOLE, is_embedding, of_invoke.test_recorded_answers),
        ("request", _WHOLE, is_rerank, of_rerank.test_recorded),
        ("answer", _WHOLE, is_rerank, of_rerank.test_recorded),
        ("request", _WHOLE, _own, of_invoke.test_recorded_answers),
        ("answer", _WHOLE, _own, of_invoke.test_recorded_answers),
        ("usage", _WHOLE, _own, of_invoke.test_recorded_answers),
        ("request", _OTHER, of_chat_requests.is_chat, of_chat_requests.test_recorded),
        ("answer", _OTHER, of_chat_answers.is_chat, of_chat_answers.test_recorded),
        ("usage", _OTHER, of_chat_answers.is_chat, of_chat_answers.test_recorded),
        ("request", _OTHER, _responses, of_responses_requests.test_recorded),
        ("answer", _OTHER, _response, of_responses_answers.test_recorded),
        ("usage", _OTHER, _response, of_responses_answers.test_recorded),
        ("answer", _OTHER, _response_stream, of_responses_writing.test_recorded),
        ("fold", _OTHER, _response_stream, of_responses_streams.test_recorded),
        ("usage", _OTHER, _response_stream, of_responses_streams.test_recorded),
        ("request", _OTHER, of_counting.is_conversation, of_counting.test_recorded),
        ("answer", _OTHER, of_counting.is_conversation, of_counting.test_recorded),
        ("request", _OTHER, of_claude.counts_messages, of_claude.test_request_to_be_counted),
        ("answer", _OTHER, operation("GetInferenceProfile"), of_profiles.test_recorded_profile),
        ("answer", ("list_foundation_models",), anything, of_listing.test_recorded_models),
        ("answer", ("list_inference_profiles",), anything, of_listing.test_recorded_profiles),
        ("gateway", _APIS, answers.is_answered, of_gateway.test_there_and_back),
        ("gateway", ("converse_stream",), _spoke, of_gateway.test_stream),
        ("refusal", _APIS, is_refused, of_faults.test_recorded_refusals),
    )
)
"""All of them. Where several fill one column, each must hold."""

TEXT_APART: Final = (
    "what ends the stream stands in a document of its own behind the last text, not beside it"
)
NO_AGENTS: Final = "outcrop calls models, not agents: this operation has no codec"

EXCEPTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("dd-trace-py--other--none--6cfa7d0daa", "request"): NO_AGENTS,
    ("dd-trace-py--other--none--6cfa7d0daa", "answer"): NO_AGENTS,
    ("openllmetry--invoke--amazon-nova--f288269fd6", "answer"): (
        "a guardrail refused the question, and AWS counted input only; output and total are "
        "written too, as 0 and the input"
    ),
    ("dd-trace-py--invoke-stream--amazon-titan--b6ee0bc02c", "answer"): TEXT_APART,
    ("openllmetry--invoke-stream--amazon-titan--507dc4f56e", "answer"): TEXT_APART,
    ("openllmetry--invoke-stream--amazon-titan--5b93b92693", "answer"): (
        f"{TEXT_APART}; a guardrail answered in the model's place, and metrics that AWS left out "
        "are written"
    ),
    ("dd-trace-py--invoke-stream--meta--7f752f4a6c", "answer"): TEXT_APART,
    ("dd-trace-py--invoke-stream--cohere--72ff44b8aa", "answer"): (
        "two generations came mixed; the second is written behind the first, with all it says"
    ),
    ("chatlas--invoke-stream--anthropic--1df206738f", "usage"): (
        "Claude's own event counts 38 tokens of output, of which AWS bills 35; Claude's count is "
        "given"
    ),
}
"""Each is a cell that is not counted as equal, and why."""

INTRODUCTION: Final = """\
# Recorded traffic, read and written again

What outcrop makes of real Bedrock traffic: requests and replies that public projects recorded as
test cassettes. Each cell says how many of the recordings that have such a thing came out equal.
The page is generated by the tests of the codecs (`python -m scripts.write_reference`), and a test
fails where it is not what they say today.

- **Request**: read into a canonical request and written again, it is the same.
- **Answer**: the same of the reply; of a stream, document by document.
- **Fold**: a stream, folded, is an answer that is written and read again as one in one piece, and
  its text and reasoning are those of the deltas, joined without the codec.
- **Usage**: the counts given are those that AWS reported.
- **Gateway**: the answer as the gateway's Chat Completions gives it, accepted by OpenAI's SDK and
  sent back as history, has the same text, calls, reasoning, signatures and citations, and the same
  usage.
- **Refusal**: the reply becomes the right error, with AWS's own words.
"""

EXCEPTED: Final = """
## Exceptions

All that is not equal, and why.
"""

JUDGED: Final = """
## When two documents are equal

They are compared as JSON values, not as bytes: recorders keep no order of members.

- In Converse, members that are absent, null or empty say the same at the top and in
  `inferenceConfig`, and nowhere else; the padding `p` of events says nothing.
- In the native bodies, Chat and Responses, null and `[]` say nothing; in the native
  bodies neither does `{}`.
- In Claude's Messages, a text says what a list of that one text block says, and a tool of type
  `custom` is a tool without a type.
- In streams of Claude's Messages, the counts of the first event are told with those of the last,
  and pings are gone.
- An embedding's usage is what its headers count, given by `invoke`.
- A body for a model of somebody's own is passed on byte for byte: nobody else knows its form.
- Through the gateway, neighbouring texts are one text, and citations are compared by their number.
  Items of the Responses API have an id, a phase and a status beside what they say; Chat has no
  items, and those three are left out.
"""


class Row(msgspec.Struct):
    """What one API and family came to: equal, of how many, by column."""

    recordings: int = 0
    wanted: Counter[str] = msgspec.field(default_factory=Counter)
    equal: Counter[str] = msgspec.field(default_factory=Counter)


def page() -> str:
    """Run every check on every recording and return the page.

    Raises:
        AssertionError: Something differs and is no named exception.
        LookupError: A recording has no check for what it holds, or an exception has no recording.
    """
    rows: dict[tuple[str, str], Row] = {}
    named: set[tuple[str, str]] = set()
    for recorded in interactions():
        row = rows.setdefault((recorded.operation, recorded.family), Row())
        row.recordings += 1
        for column in wanted_of(recorded):
            row.wanted[column] += 1
            if (recorded.id, column) in EXCEPTIONS:
                named.add((recorded.id, column))
            else:
                check(recorded, column)
                row.equal[column] += 1
    if named != EXCEPTIONS.keys():
        raise LookupError(f"no such recordings: {EXCEPTIONS.keys() - named}")
    return "\n".join([INTRODUCTION, *table(rows), EXCEPTED, *listing(), JUDGED])


def wanted_of(recorded: Interaction) -> set[str]:
    """Return the columns that a recording has something for."""
    if is_refused(recorded):
        return {"refusal"} | ({"request"} if is_asked(recorded) else set())
    held = {
        "request": is_asked(recorded),
        "answer": True,
        "fold": is_streamed(recorded),
        "usage": reports_usage(recorded),
        "gateway": answers.is_answered(recorded),
    }
    return {column for column, is_held in held.items() if is_held}


def reports_usage(recorded: Interaction) -> bool:
    """Tell whether AWS counted tokens, in the body, in an event or in a header."""
    if answers.is_answered(recorded):
        return True
    counted = (name.lower().endswith("token-count") for name in recorded.response.headers)
    return any(counted)


def check(recorded: Interaction, column: str) -> None:
    """Run every check that fills one cell; what differs and is no named exception fails here.

    Raises:
        LookupError: There is none.
    """
    tests = [each.test for each in CHECKS if each.column == column and each.applies(recorded)]
    if not tests:
        raise LookupError(f"{recorded.id}: nothing checks its {column}")
    for test in tests:
        test(recorded)


def table(rows: Mapping[tuple[str, str], Row]) -> Iterator[str]:
    """Write one line for each API and family, and one for all."""
    titles = ("Operation", "Family", "Recordings", *(column.capitalize() for column in COLUMNS))
    yield line(titles)
    yield line(["---", "---", *["--:"] * (len(titles) - 2)])
    for (name, family), row in sorted(rows.items(), key=by_api):
        yield line([name, family, str(row.recordings), *cells(row)])
    whole = Row(
        recordings=sum(row.recordings for row in rows.values()),
        wanted=sum((row.wanted for row in rows.values()), Counter()),
        equal=sum((row.equal for row in rows.values()), Counter()),
    )
    yield line(["**all**", "", *(f"**{each}**" for each in (whole.recordings, *cells(whole)))])


def by_api(entry: tuple[tuple[str, str], Row]) -> tuple[int, str, str]:
    """Order the operations as a reader meets them."""
    (name, family), _ = entry
    known = ("Converse", "ConverseStream", "InvokeModel", "InvokeModelWithResponseStream")
    return (known.index(name) if name in known else len(known), name, family)


def cells(row: Row) -> list[str]:
    return [
        f"{row.equal[column]}/{row.wanted[column]}" if row.wanted[column] else ""
        for column in COLUMNS
    ]


def listing() -> Iterator[str]:
    """Write the exceptions: one line a reason and a column."""
    ids: dict[tuple[str, str], list[str]] = {}
    for (id_, column), why in sorted(EXCEPTIONS.items()):
        ids.setdefault((column, why), []).append(f"`{id_}`")
    yield line(("Column", "Recording", "Reason"))
    yield line(("---", "---", "---"))
    for (column, why), each in sorted(ids.items()):
        yield line((column.capitalize(), "<br>".join(each), why))


def line(each: Iterable[str]) -> str:
    return f"| {' | '.join(each)} |"
