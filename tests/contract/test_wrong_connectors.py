"""The certificate notices: wrong connectors fail it, each by the check that is about what is wrong with it."""

from __future__ import annotations

import pytest

from pipeline.certificate.checks import ALL
from pipeline.certificate.report import certify
from pipeline.certificate.run import judge, subjects
from pipeline.certificate.verdicts import Outcome
from tests.support.wrong_connectors import RIGHT, WRONG, Wrong, kit


async def test_the_right_connector_has_its_certificate():
    report = await certify(kit(RIGHT))
    assert [verdict for verdict in report.verdicts if verdict.outcome is Outcome.FAILED] == []
    assert report.passed


@pytest.mark.parametrize("wrong", WRONG, ids=[wrong.name for wrong in WRONG])
async def test_a_wrong_connector_fails_by_the_check_that_is_about_it(wrong: Wrong):
    check = next(check for check in ALL if check.name == wrong.check)
    tried = kit(wrong.connector)
    verdicts = [await judge(tried, check, stream) for stream in subjects(tried, check)]
    assert Outcome.FAILED in {verdict.outcome for verdict in verdicts}
