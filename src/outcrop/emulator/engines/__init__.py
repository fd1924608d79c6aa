"""What speaks inside the emulator.

Place in the house: emulator. An engine takes a canonical request and gives canonical events; it
knows nothing of HTTP, signatures or frames. `interface` is the contract, `select` chooses one.
"""
