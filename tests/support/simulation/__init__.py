"""A deterministic simulation of the whole pipeline: the stages' real code under one scheduler, driven by a seed.

python -m tests.support.simulation run N [--first SEED] [--break FAULT]
python -m tests.support.simulation trace SEED [--break FAULT]
"""
