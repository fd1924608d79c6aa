"""The dialects: each a codec between its wire form and the canonical conversation.

Place in the house: floor 4. One package a dialect, with the same file names inside each; a codec
knows `outcrop.types` and its own wire, and no other codec. The client uses one half of a codec,
the gateway and the emulator the other.
"""
