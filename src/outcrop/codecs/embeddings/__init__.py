"""Embeddings over InvokeModel: one file a family, and the table of them.

Place in the house: codecs. Each module has both halves: ``encode_request`` and ``decode_response``
for the client, ``decode_request`` and ``encode_response`` for the emulator and the gateway.

Source: behaviour specification, EMB-01 to EMB-09; recordings of InvokeModel.
"""
