"""Every model on Amazon Bedrock: a library, a gateway, a terminal and a local emulator."""

__version__ = "0.1.0"
