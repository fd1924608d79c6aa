"""The canonical conversation: content, messages, tools, requests, responses, events, usage.

Place in the house: floor 2. Values only, frozen and complete; every dialect is decoded into them
and encoded from them. Knows nothing of any wire, model or network.
"""
