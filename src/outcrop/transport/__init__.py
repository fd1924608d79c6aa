"""The HTTP/1.1 client: one connection without I/O, and its two drivers.

Place in the house: floor 6, the first that touches the world. Sockets, TLS, proxies and the pool
live here; it sends what it is given byte for byte and knows nothing of Bedrock.
"""
