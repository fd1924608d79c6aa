"""Calls as generators: they yield what is to be done and receive what came of it.

Place in the house: floor 5. Plans, repairs, retries and credentials without I/O: a flow asks for
`Send` or `Sleep`, a driver on a floor above does it. Sync and async share every line here.
"""
