"""The connectors of this process: the installed ones, and those of the folder that ``ERPFLOW_CONNECTORS`` names."""

from __future__ import annotations

from connectors.registry import Registry
from pipeline.settings import connectors_folder


def installed() -> Registry:
    """Load them. Called by commands; the workers' own are opened by ``bootstrap.open_runtime``."""
    return Registry.load(folder=connectors_folder())
