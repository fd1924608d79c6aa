"""Reranking: over InvokeModel one file a family, over the agent runtime one for all.

Place in the house: codecs. Each module has both halves.

Source: behaviour specification, RANK-01, RANK-02; recordings of InvokeModel.
"""
