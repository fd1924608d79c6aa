"""The asynchronous client.

Place in the house: client. Thin: builds requests, runs flows, owns the connections. The same
methods as `Client`, awaited.

Source: behaviour specification, LIB-01, LIB-03, LIB-04.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from types import TracebackType
from typing import Any, Self, Unpack

from outcrop.client.ask import AnswerOptions, ChatOptions, Conversation, build_request
from outcrop.client.async_invokes import AwaitedAsyncInvokes
from outcrop.client.batches import AsyncBatches
from outcrop.client.bound import BoundModel
from outcrop.client.counting import plan_count
from outcrop.client.drivers import AsyncSleeper, AsyncStream, run_async
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
    AsyncInvokeStream,
    Body,
    InvokeOptions,
    plan_invoke,
    plan_invoke_stream,
)
from outcrop.client.plan import ClientOptions, Plan
from outcrop.client.rehearsing import rehearse, rehearse_stream
from outcrop.client.reranking import Documents, RerankOptions, plan_rerank
from outcrop.client.running import MAX_STEPS, ToolLoop, ToolRun, run_loop_async
from outcrop.client.several import run_all_async
from outcrop.client.shaping import run_asking_async, shaped
from outcrop.errors import OutcropError
from outcrop.flow.call import call_model
from outcrop.flow.effects import Flow, T
from outcrop.flow.guarding import ChecksResult, GuardrailResult
from outcrop.flow.listing import foundation_models, inference_profiles
from outcrop.flow.several import AT_ONCE, Several, Whole
from outcrop.flow.stream import stream_model
from outcrop.transport.asynchronous import AsyncNetwork
from outcrop.transport.interface import AsyncTransport
from outcrop.types.counting import TokenCount
from outcrop.types.embeddings import Embeddings
from outcrop.types.images import MadeImages
from outcrop.types.invocations import Invocation
from outcrop.types.requests import Request
from outcrop.types.rerank import Reranking
from outcrop.types.responses import Response


class AsyncClient:
    """Every model on Bedrock, for asyncio. May be shared by tasks.

    async with outcrop.AsyncClient(region="eu-west-1") as client:
        async for event in client.stream("What is an outcrop?", model="eu.amazon.nova-lite-v1:0"):
            if event.type == "text":
                print(event.text, end="")

    Nothing is looked up and nothing is opened before the first call.
    """

    def __init__(
        self,
        *,
        transport: AsyncTransport | None = None,
        sleep: AsyncSleeper = asyncio.sleep,
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
        self._transport: AsyncTransport = transport or AsyncNetwork(self._plan.transport_options)
        self._sleep = sleep

    async def chat(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> Response:
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
            return await self.converse(request)
        asking = shaped(request, kind, repair=options.get("repair", True))
        return await run_asking_async(asking, self.converse)

    def stream(self, conversation: Conversation, **options: Unpack[ChatOptions]) -> AsyncStream:
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
            return AsyncStream(rehearsal, self._transport, self._sleep)
        return self.converse_stream(request)

    async def run_tools(
        self,
        conversation: Conversation,
        *,
        max_steps: int = MAX_STEPS,
        **options: Unpack[ChatOptions],
    ) -> ToolRun:
        """Ask, run the functions that the model calls, tell it, and so on until it has its answer.

        The functions stand in `tools`. Several calls of one turn run side by side; plain functions
        in threads. What fails is told to the model. The run ends at a call of a tool that is no
        function: that is the caller's. A tool that must be called, must be so in the first step
        only.

        Args:
            conversation: Text, one message, or all messages so far.
            max_steps: How often the model is asked, at most.
            options: See `ChatOptions`.

        Raises:
            BadRequestError: There is no function, or one cannot be a tool; nothing was sent.
            OutcropError: As `chat`.
        """
        loop = ToolLoop(conversation, options, max_steps, awaits=True)
        return await run_loop_async(loop, self.chat)

    async def converse(self, request: Request) -> Response:
        """Send a canonical request; return the whole answer.

        Raises:
            OutcropError: As `chat`.
        """
        request = self._plan.complete(request)
        return await self._run(
            call_model(request, self._plan.target(request.model), self._plan.session)
        )

    def converse_stream(self, request: Request) -> AsyncStream:
        """Send a canonical request; return the answer as it arrives.

        Raises:
            OutcropError: The model's id or a setting cannot be used.
        """
        request = self._plan.complete(request)
        flow = stream_model(request, self._plan.target(request.model), self._plan.session)
        return AsyncStream(flow, self._transport, self._sleep)

    async def embed(self, inputs: Inputs, **options: Unpack[EmbedOptions]) -> Embeddings:
        """Turn texts, pictures, sound or films into vectors, in the order given.

        Models take a limited number of inputs a request; more are split into several requests,
        at most eight at once. None at all sends nothing.

        Args:
            inputs: One input, or many.
            options: See `EmbedOptions`.

        Raises:
            BadRequestError: The model cannot do it so; nothing was sent.
            OutcropError: A request failed; the message names its inputs. Vectors of the others
                are lost.
        """
        return await self._run_all(await self._run(plan_embed(self._plan, inputs, options)))

    async def rerank(
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
        return await self._run(plan_rerank(self._plan, query, documents, options))

    async def generate_image(
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
        return await self._run_all(await self._run(plan_image(self._plan, prompt, options)))

    async def count_tokens(
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
        return await self._run(plan_count(self._plan, conversation, options))

    async def invoke(self, model: str, body: Body, **options: Unpack[InvokeOptions]) -> Invocation:
        """Ask a model with a body of its own; nothing in it or in the answer is changed.

        Args:
            model: Model id, profile id or ARN.
            body: Bytes as they stand, or a dict for JSON.
            options: See `InvokeOptions`.

        Raises:
            BadRequestError: An option or the body has the wrong form; nothing was sent.
            OutcropError: AWS refused, or did not answer.
        """
        return await self._run(plan_invoke(self._plan, model, body, options))

    def invoke_stream(
        self, model: str, body: Body, **options: Unpack[InvokeOptions]
    ) -> AsyncInvokeStream:
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
        return AsyncInvokeStream(AsyncStream(flow, self._transport, self._sleep))

    async def apply_guardrail(
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
        return await self._run(plan_guardrail(self._plan, content, options))

    async def guardrail_checks(
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
        return await self._run(plan_checks(self._plan, conversation, options))

    @property
    def batches(self) -> AsyncBatches:
        """Batches of requests that AWS answers within hours."""
        return AsyncBatches(self._plan, self._run)

    @property
    def async_invokes(self) -> AwaitedAsyncInvokes:
        """Single calls that AWS answers later, into a bucket."""
        return AwaitedAsyncInvokes(self._plan, self._run)

    @property
    def region(self) -> str:
        """The region asked, where a model's id does not say otherwise."""
        return self._plan.control_target().region

    @property
    def default_model(self) -> str | None:
        """The model of calls that name none; None where nothing names one."""
        return self._plan.model

    def model(
        self, model: str, **options: Unpack[AnswerOptions]
    ) -> BoundModel[Awaitable[Response], AsyncStream]:
        """Return a model with fixed options; immutable, and safe to share."""
        chosen: ChatOptions = {**options, "model": model}
        return BoundModel(self.chat, self.stream, chosen)

    async def models(self) -> Listing:
        """List the text models and inference profiles that can be called.

        What one of the underlying lists fails on is told in `Listing.problems`.

        Raises:
            OutcropError: All of them failed.
        """
        target, session = self._plan.control_target(), self._plan.session
        models, system, application = await asyncio.gather(
            self._tried(foundation_models(target, session)),
            self._tried(inference_profiles(target, session, "SYSTEM_DEFINED")),
            self._tried(inference_profiles(target, session, "APPLICATION")),
        )
        return collect_listing(models, system, application)

    async def aclose(self) -> None:
        """Close every connection. The client cannot be used afterwards."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def _run(self, flow: Flow[T]) -> T:
        return await run_async(flow, self._transport, self._sleep)

    async def _run_all(self, work: Several[T, Whole]) -> Whole:
        return work.join(await run_all_async(work.flows, self._transport, self._sleep, AT_ONCE))

    async def _tried(self, flow: Flow[Sequence[T]]) -> Sequence[T] | OutcropError:
        try:
            return await self._run(flow)
        except OutcropError as error:
            return error
