"""Where a call goes, as whom, and how patiently: settled once for each model of a client.

Place in the house: flow.
"""

import msgspec

from outcrop.flow.retry import RetryPolicy
from outcrop.flow.wires import CONVERSE, Wire
from outcrop.http import Headers, Timeouts
from outcrop.protocols.endpoints import Endpoint
from outcrop.settings.credentials import CredentialChoice
from outcrop.types.responses import Adjustment


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a call that does not depend on what is asked."""

    endpoint: Endpoint
    region: str
    service: str
    """Signing name of the endpoint's host."""
    credentials: CredentialChoice
    """Whose call it is; where there are none, the first call says where was looked."""
    model: str = ""
    """The id that goes on the wire; empty on the control plane."""
    wire: Wire | None = CONVERSE
    """How the model is asked; None leaves it to what is asked (`wires.wire_for`)."""
    vendor: str = ""
    """Whose model it is."""
    headers: Headers = ()
    """On every request: ``user-agent`` and what the caller added."""
    timeouts: Timeouts = Timeouts()
    retry: RetryPolicy = RetryPolicy()
    strict_parameters: bool = False
    """Refuse parameters that would have to be dropped."""
    adjustments: tuple[Adjustment, ...] = ()
    """What was changed to get here, e.g. a name that was resolved to an id."""

    @property
    def retry_place(self) -> str:
        """Calls that are throttled together."""
        return f"{self.region}/{self.model}"
