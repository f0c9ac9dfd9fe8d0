"""The runtime and the wiring: everything that acts. Nothing else of erpflow imports this package."""
