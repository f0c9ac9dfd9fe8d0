"""A new connector's package, which has its certificate as it is generated."""
