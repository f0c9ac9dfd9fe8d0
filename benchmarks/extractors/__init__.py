"""One program for each side of ``benchmarks.extract``; called with the ERP's address, and an empty folder of its own.

Those of the peers run in environments of their own and import nothing of erpflow. Each reads all pages and prints how
many records it has; those that give records on standard output print these instead.
"""
