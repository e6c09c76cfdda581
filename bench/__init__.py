"""The bench: what the house costs, measured so that a busy machine cannot hide it.

CPU time of the server's own process comes first, for it hardly moves when others share
the cores; wall time stands beside it. Every run measures its own floor.
"""
