"""Figures about erpflow, measured on the machine they are run on."""
