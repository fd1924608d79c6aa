"""Puts the caller's proof on a request: a signature, or an API key.

Place in the house: flow. Done anew for every attempt: a signature is good for five minutes.

Source: behaviour specification, CRED-02, CRED-08, WIRE-04, WIRE-05.
"""

import msgspec

from outcrop.flow.session import Session
from outcrop.flow.target import Target
from outcrop.http import HttpRequest
from outcrop.protocols.sigv4 import sign
from outcrop.settings.credentials import missing_credentials
from outcrop.types.credentials import Bearer


def require_credentials(target: Target) -> None:
    """Notice, before anything is sent, that there is nothing to sign with.

    Raises:
        AuthenticationError: There are no credentials; the message says where was looked.
    """
    if target.credentials.credentials is None:
        raise missing_credentials(target.credentials.looked_in, target.credentials.problem)


def authorise(request: HttpRequest, target: Target, session: Session) -> HttpRequest:
    """Return `request` as it may be sent. There are credentials: `require_credentials` saw them."""
    credentials = target.credentials.credentials
    assert credentials is not None, "require_credentials comes first"
    if isinstance(credentials, Bearer):
        proof = ("authorization", f"Bearer {credentials.token}")
        return msgspec.structs.replace(request, headers=(*request.headers, proof))
    return sign(
        request,
        credentials=credentials,
        region=target.region,
        service=target.service,
        now=session.signing_time(),
    )
