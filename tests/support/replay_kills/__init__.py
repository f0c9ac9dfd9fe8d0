"""Replays of one group that several processes start at once, and that are killed and frozen while they run.

``letters`` makes the group, ``worker`` is a process that starts replays and takes over those of others, ``storm`` puts
it together with what strikes (``tests.support.kills``), ``verdict`` says what must hold in the end.
By hand: ``python -m tests.support.replay_kills --store postgresql --letters 1200 --replays 100 --kills 40``.
"""
