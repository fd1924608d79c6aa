"""The OpenAI-compatible server in front of Bedrock.

Place in the house: floor 8. Decodes a request of a dialect, runs the same flows as the library,
and encodes the answer in the dialect it was asked in. Knows no emulator.
"""
