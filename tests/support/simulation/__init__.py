"""A deterministic simulation of the whole pipeline: the stages' real code under one scheduler, driven by a seed.

Every third seed has a desk: what is refused or given up becomes letters, operators replay, edit and discard them and
retransform, and two more releases of the mapping are installed meanwhile.

python -m tests.support.simulation run N [--first SEED] [--break FAULT]
python -m tests.support.simulation trace SEED [--break FAULT]
"""
