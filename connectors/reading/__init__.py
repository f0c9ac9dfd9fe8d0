"""Connectors written as YAML: read with the line of everything, so that a mistake is told where it stands."""
