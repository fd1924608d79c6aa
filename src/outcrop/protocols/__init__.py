"""Bytes and headers: signing, framing, server-sent events, endpoints.

Place in the house: floor 3. Each module is one protocol, pure and without I/O; whoever has a
socket or a clock hands in what came from it. Knows no models.
"""
