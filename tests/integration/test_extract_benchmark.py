"""The benchmark of extraction measures what it says; the peers, which it would have to install, are left out."""

from __future__ import annotations

import sys

import pytest

from benchmarks import extract
from pipeline.aws.access import AwsAccess


def test_erpflows_side_loads_every_record_of_the_made_up_erp(aws: AwsAccess) -> None:
    with extract.erp(3) as address:
        assert extract.cpu(extract.ours(aws, turn=0), address, 3) > 0


def test_a_side_that_loses_records_is_not_measured() -> None:
    loses = extract.Side("loses", (sys.executable, "-c", "print(17)"), {}, on_output=False)
    with pytest.raises(RuntimeError, match="loses gave 17 of 1000 records"):
        extract.cpu(loses, "http://127.0.0.1:1", 1)
