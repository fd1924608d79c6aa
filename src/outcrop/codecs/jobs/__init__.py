"""Work that AWS does later and leaves in a bucket: batches, and single asynchronous calls.

Place in the house: codecs. Shapes of the control plane (`batches`) and of the runtime
(`async_invokes`), read and written as they are.
"""
