"""Image generation over InvokeModel: one file a family, and the table of them.

Place in the house: codecs. Each module has both halves.

Source: behaviour specification, IMGGEN-01; Amazon Nova User Guide; Amazon Bedrock User Guide.
"""
