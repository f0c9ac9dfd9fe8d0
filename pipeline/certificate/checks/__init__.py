"""All checks, in the order in which they are run and shown."""

from pipeline.certificate.checks import (
    auth,
    deletes,
    dialect,
    exactness,
    faults,
    increments,
    keys,
    mapping,
    paging,
    restart,
    secrets,
    shapes,
    zones,
)
from pipeline.certificate.verdicts import Check

ALL: tuple[Check, ...] = (
    *keys.CHECKS,
    *paging.CHECKS,
    *increments.CHECKS,
    *deletes.CHECKS,
    *restart.CHECKS,
    *auth.CHECKS,
    *faults.CHECKS,
    *dialect.CHECKS,
    *shapes.CHECKS,
    *mapping.CHECKS,
    *exactness.CHECKS,
    *zones.CHECKS,
    *secrets.CHECKS,
)
