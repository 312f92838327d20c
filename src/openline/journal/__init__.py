"""What was said, provably: keys, envelopes, lanes, the tree over them, checkpoints and proofs. Bytes only, no
I/O.
"""
