"""A real Tryton 8.2 on this machine, filled with a made-up construction company: for the demo and the tests.

Import rule of this package: ``inside/`` runs in Tryton's own environment, where nothing of ours is installed,
so it imports only itself, ``sizes`` and what Tryton brings.
"""
