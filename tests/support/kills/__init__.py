"""Workers as real processes that are killed and frozen, at random and at every named step, over a sync of many records.

``storm`` tells one whole story: ERPs that change meanwhile (``erp``, ``story``), the workers (``fleet``, ``worker``),
what strikes them (``killer``, ``steps``), a subscriber (``reader``), and what must hold in the end (``verdict``).
By hand: ``python -m tests.support.kills --store postgresql --records 100000 --kills 300``.
"""
