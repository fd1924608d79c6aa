"""A Bedrock of our own: the service's HTTP face over local engines.

Place in the house: floor 8. Shares the values and the wire codecs with the client and not the
signer: a second opinion on what the service accepts. Knows no gateway.
"""
