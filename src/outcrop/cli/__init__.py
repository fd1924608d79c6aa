"""The command ``outcrop``: one file a command, errors become exit codes.

Place in the house: floor 9, the top, and the only one that composes gateway and emulator.
"""
