"""The blocking client.

Place in the house: client. Thin: builds requests, runs flows, owns the connections.

Source: behaviour specification, LIB-01, LIB-03, LIB-04.
"""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from outcrop.client.ask import AnswerOptions, ChatOptions, Conversation, build_request
from outcrop.client.async_invokes import AsyncInvokes
from outcrop.client.batches import Batches
from outcrop.client.bound import BoundModel
from outcrop.client.counting import plan_count
from outcrop.client.drivers import Sleeper, Stream, run
from outcrop.client.embedding import EmbedOptions, Inputs, plan_embed
from outcrop.client.guarding import (
    Assessable,
    ChecksOptions,
    GuardrailOptions,
    plan_checks,
    plan_guardrail,
)
from outcrop.client.imaging import ImageOptions, plan_image
from outcrop.client.listing import Listing, collect_listing
from outcrop.client.native import (
    Body,
    InvokeOptions,
    InvokeStream,
    plan_invoke,
    plan_invoke_stream,
)
from outcrop.client.plan import ClientOptions, Plan
from outcrop.client.rehearsing import rehearse, rehearse_stream
from outcrop.client.reranking import Documents, RerankOptions, plan_rerank
from outcrop.client.running import MAX_STEPS, ToolLoop, ToolRun, run_loop
from outcrop.client.several import run_all
from outcrop.client.shaping import run_asking, shaped
from outcrop.errors import OutcropError
from outcrop.flow.call import call_model
from outcrop.flow.effects import Flow, T
from outcrop.flow.guarding import ChecksResult, GuardrailResult
from outcrop.flow.listing import foundation_models, inference_profiles
from outcrop.flow.several import Several, Whole
from outcrop.flow.stream import stream_model
from outcrop.transport.blocking import Network
from outcrop.transport.interface import Transport
from outcrop.types.counting import TokenCount
from outcrop.types.embeddings import Embeddings
from outcrop.types.images import MadeImages
from outcrop.types.invocations import Invocation
from outcrop.types.requests import Request
from outcrop.types.rerank import Reranking
from outcrop.types.responses import Response


class Client:
    """Every model on Bedrock, blocking. May be shared by threads.

    with outcrop.Client(region="eu-west-1") as client:
        print(client.chat("What is an outcrop?", model="eu.amazon.nova-lite-v1:0").text)

    Nothing is looked up and nothing is opened before the first call.
    """

    def __init__(
        self,
        *,
        transport: Transport | None = None,
        sleep: Sleeper = time.sleep,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Read the settings.

        Args:
            transport: Instead of the network; for tests and for replaying.
            sleep: Instead of waiting between attempts; for tests.
            options: See `ClientOptions`.

        Raises:
            ConfigError: A setting cannot be read, or contradicts another.
        """
        self._plan = Plan(options)
        self._transport: Transport = transport or Network(self._plan.transport_options)
        self._sleep = sleep

    def chat(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> Response:
        """Ask a question, or go on with a conversation; return the whole answer.

        Args:
            conversation: Text, one message, or all messages so far.
            options: See `ChatOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The request cannot be sent as it is; nothing was.
            StructuredOutputError: The answer is not of the type that was asked for.
            OutcropError: AWS refused, or did not answer; the class says which.
        """
        request = build_request(conversation, self._plan.model, options)
        if options.get("dry_run"):
            return rehearse(self._plan, request, stream=False)
        kind = options.get("response_format")
        if kind is None:
            return self.converse(request)
        asking = shaped(request, kind, repair=options.get("repair", True))
        return run_asking(asking, self.converse)

    def stream(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> Stream:
        """Ask, and return the answer as it arrives.

        Nothing is sent before the first event is asked for.

        Args:
            conversation: Text, one message, or all messages so far.
            options: See `ChatOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The request has the wrong form.
        """
        request = build_request(conversation, self._plan.model, options)
        if options.get("dry_run"):
            rehearsal = rehearse_stream(self._plan, request)
            return Stream(rehearsal, self._transport, self._sleep)
        return self.converse_stream(request)

    def run_tools(
        self,
        conversation: Conversation,
        *,
        max_steps: int = MAX_STEPS,
        **options: Unpack[ChatOptions],
    ) -> ToolRun:
        """Ask, run the functions that the model calls, tell it, and so on until it has its answer.

        The functions stand in `tools`. Several calls of one turn run side by side, in threads.
        What fails is told to the model. The run ends at a call of a tool that is no function: that
        is the caller's. A tool that must be called, must be so in the first step only.

        Args:
            conversation: Text, one message, or all messages so far.
            max_steps: How often the model is asked, at most.
            options: See `ChatOptions`.

        Raises:
            BadRequestError: There is no function, or one cannot be a tool; nothing was sent.
            OutcropError: As `chat`.
        """
        loop = ToolLoop(conversation, options, max_steps, awaits=False)
        return run_loop(loop, self.chat)

    def converse(self, request: Request) -> Response:
        """Send a canonical request; return the whole answer.

        Raises:
            OutcropError: As `chat`.
        """
        request = self._plan.complete(request)
        return self._run(call_model(request, self._plan.target(request.model), self._plan.session))

    def converse_stream(self, request: Request) -> Stream:
        """Send a canonical request; return the answer as it arrives.

        Raises:
            OutcropError: The model's id or a setting cannot be used.
        """
        request = self._plan.complete(request)
        flow = stream_model(request, self._plan.target(request.model), self._plan.session)
        return Stream(flow, self._transport, self._sleep)

    def embed(self, inputs: Inputs, **options: Unpack[EmbedOptions]) -> Embeddings:
        """Turn texts, pictures, sound or films into vectors, in the order given.

        Models take a limited number of inputs a request; more are split into several requests,
        one after another. None at all sends nothing.

        Args:
            inputs: One input, or many.
            options: See `EmbedOptions`.

        Raises:
            BadRequestError: The model cannot do it so; nothing was sent.
            OutcropError: A request failed; the message names its inputs. Vectors of the others
                are lost.
        """
        return self._run_all(self._run(plan_embed(self._plan, inputs, options)))

    def rerank(
        self, query: str, documents: Documents, **options: Unpack[RerankOptions]
    ) -> Reranking:
        """Return the documents that answer a query best, the best first.

        Args:
            query: What is looked for.
            documents: At most 1000; none at all sends nothing.
            options: See `RerankOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The request cannot be sent as it is; nothing was.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_rerank(self._plan, query, documents, options))

    def generate_image(
        self, prompt: str | None = None, **options: Unpack[ImageOptions]
    ) -> MadeImages:
        """Make or change pictures.

        A picture that a filter kept back is no error: see `MadeImages.finish_reason`.

        Args:
            prompt: What shall be seen; some tasks need none.
            options: See `ImageOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The model cannot do it so; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run_all(self._run(plan_image(self._plan, prompt, options)))

    def count_tokens(
        self, conversation: Conversation, **options: Unpack[ChatOptions]
    ) -> TokenCount:
        """Return how many tokens `chat` would send.

        AWS counts; for models that it does not count for, the answer is a guess: `estimated`.

        Args:
            conversation: Text, one message, or all messages so far.
            options: See `ChatOptions`.

        Raises:
            ConfigError: No model is named.
            BadRequestError: The request cannot be sent as it is.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_count(self._plan, conversation, options))

    def invoke(self, model: str, body: Body, **options: Unpack[InvokeOptions]) -> Invocation:
        """Ask a model with a body of its own; nothing in it or in the answer is changed.

        Args:
            model: Model id, profile id or ARN.
            body: Bytes as they stand, or a dict for JSON.
            options: See `InvokeOptions`.

        Raises:
            BadRequestError: An option or the body has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_invoke(self._plan, model, body, options))

    def invoke_stream(
        self, model: str, body: Body, **options: Unpack[InvokeOptions]
    ) -> InvokeStream:
        """Ask a model with a body of its own; return the chunks of its answer as they arrive.

        Nothing is sent before the first chunk is asked for.

        Args:
            model: Model id, profile id or ARN.
            body: Bytes as they stand, or a dict for JSON.
            options: See `InvokeOptions`.

        Raises:
            BadRequestError: An option or the body has the wrong form.
        """
        flow: Flow[Any] = plan_invoke_stream(self._plan, model, body, options)
        return InvokeStream(Stream(flow, self._transport, self._sleep))

    def apply_guardrail(
        self, content: Assessable, **options: Unpack[GuardrailOptions]
    ) -> GuardrailResult:
        """Have a guardrail assess something, without a model.

        Args:
            content: Text, `GuardText`, `GuardImage`, or several.
            options: See `GuardrailOptions`.

        Raises:
            BadRequestError: An option or the content has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_guardrail(self._plan, content, options))

    def guardrail_checks(
        self, conversation: Conversation, **options: Unpack[ChecksOptions]
    ) -> ChecksResult:
        """Check a conversation for harm, attacks or private matters, without a guardrail.

        Args:
            conversation: Text, one message, or several; they hold text alone.
            options: What to look for; see `ChecksOptions`.

        Raises:
            BadRequestError: An option or the conversation has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return self._run(plan_checks(self._plan, conversation, options))

    @property
    def batches(self) -> Batches:
        """Batches of requests that AWS answers within hours."""
        return Batches(self._plan, self._run)

    @property
    def async_invokes(self) -> AsyncInvokes:
        """Single calls that AWS answers later, into a bucket."""
        return AsyncInvokes(self._plan, self._run)

    @property
    def region(self) -> str:
        """The region asked, where a model's id does not say otherwise."""
        return self._plan.control_target().region

    @property
    def default_model(self) -> str | None:
        """The model of calls that name none; None where nothing names one."""
        return self._plan.model

    def model(self, model: str, **options: Unpack[AnswerOptions]) -> BoundModel[Response, Stream]:
        """Return a model with fixed options; immutable, and safe to share."""
        chosen: ChatOptions = {**options, "model": model}
        return BoundModel(self.chat, self.stream, chosen)

    def models(self) -> Listing:
        """List the text models and inference profiles that can be called.

        What one of the underlying lists fails on is told in `Listing.problems`.

        Raises:
            OutcropError: All of them failed.
        """
        target, session = self._plan.control_target(), self._plan.session
        return collect_listing(
            self._tried(foundation_models(target, session)),
            self._tried(inference_profiles(target, session, "SYSTEM_DEFINED")),
            self._tried(inference_profiles(target, session, "APPLICATION")),
        )

    def close(self) -> None:
        """Close every connection. The client cannot be used afterwards."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        return run(flow, self._transport, self._sleep)

    def _run_all(self, work: Several[T, Whole]) -> Whole:
        return work.join(run_all(work.flows, self._transport, self._sleep))

    def _tried(self, flow: Flow[Sequence[T]]) -> Sequence[T] | OutcropError:
        try:
            return self._run(flow)
        except OutcropError as error:
            return error


def chat(conversation: Conversation, **options: Unpack[ChatOptions]) -> Response:
    """Ask once, with the environment's settings. For more than one call keep a `Client`.

    Raises:
        OutcropError: As `Client.chat`.
    """
    with Client() as client:
        return client.chat(conversation, **options)
