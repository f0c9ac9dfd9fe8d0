"""Erasing: a connection, or all of a tenant's, leaves the store and the archive, and it is proved that it has."""
