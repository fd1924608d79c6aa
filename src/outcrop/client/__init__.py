"""The library's face: `Client` and `AsyncClient`, thin over the flows.

Place in the house: floor 7. Gathers environment, clock and transport, and runs the flows of the
floors below; the drivers here are the only code that exists twice, for sync and async.
"""
