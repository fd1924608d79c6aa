"""From what a caller would ask to the count of its tokens.

Place in the house: client. Both clients count by these.

Source: behaviour specification, COUNT-01.
"""

from outcrop.client.ask import ChatOptions, Conversation, build_request
from outcrop.client.plan import Plan
from outcrop.flow.counting import count_tokens
from outcrop.flow.effects import Flow
from outcrop.types.counting import TokenCount


def plan_count(plan: Plan, conversation: Conversation, options: ChatOptions) -> Flow[TokenCount]:
    """Return the flow that counts what `chat` would send.

    Raises:
        ConfigError: No model is named.
        BadRequestError: The request cannot be sent as it is.
    """
    request = plan.complete(build_request(conversation, plan.model, options))
    target = plan.target(request.model)
    return count_tokens(request, target, plan.control_target(), plan.session)
