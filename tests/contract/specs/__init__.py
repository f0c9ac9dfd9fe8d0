"""Holds the connectors against the vendors' contracts. Run it by: python -m tests.contract.specs FOLDER

It shows that every path, query parameter and field that a connector uses is in the contract, that its samples are as
the contract says, and that what the contract offers is mapped, or left out for a reason. The contracts themselves are
not part of this project.
"""
