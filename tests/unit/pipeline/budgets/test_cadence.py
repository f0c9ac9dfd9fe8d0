from datetime import timedelta

from connectors.increment import Increment
from connectors.limits import Limit, Limits
from connectors.spec import ConnectorSpec, StreamSpec
from connectors.windows import Tier, Windows
from pipeline.budgets.cadence import SHARE, Sharers, load, plan

MINUTE = timedelta(minutes=1)


def stream(name: str, **more) -> StreamSpec:
    values = {"resource": f"/{name}", "increment": Increment(field="changed"), "deletes": "none", **more}
    return StreamSpec(name=name, **values)


def spec(*limits: Limit, streams: int = 10) -> ConnectorSpec:
    made = tuple(stream(f"s{n}", every=5 * MINUTE) for n in range(streams))
    return ConnectorSpec(system="toy", title="Toy", streams=made, limits=Limits(rates=limits))


PER_SECOND = Limit(requests=10, per=timedelta(seconds=1), scope="application")


def test_a_few_connections_are_read_as_often_as_they_wish() -> None:
    made = plan(spec(PER_SECOND), Sharers(application=20), {}, {})
    assert made.stretch == 1.0
    assert {cadence.allowed for cadence in made.streams} == {5 * MINUTE}


def test_many_connections_share_what_the_application_is_allowed() -> None:
    made = plan(spec(PER_SECOND), Sharers(application=2_000), {}, {})
    assert made.stretch > 8
    used = sum(cadence.requests for cadence in made.streams) * 2_000 / 86_400
    assert abs(used - 10 * SHARE) < 0.01
    assert all(abs(use.used - SHARE) < 0.01 for use in made.limits)


def test_the_tightest_limit_counts() -> None:
    daily = Limit(requests=1_000, per=timedelta(days=1), scope="connection")
    made = plan(spec(PER_SECOND, daily), Sharers(application=2), {}, {})
    assert abs(sum(cadence.requests for cadence in made.streams) - 1_000 * SHARE) < 0.01
    assert made.limits[0].used < 0.01


def test_a_connections_own_schedule_is_what_it_wishes() -> None:
    made = plan(spec(PER_SECOND, streams=1), Sharers(), {}, {"s0": MINUTE})
    assert made.streams[0].wanted == MINUTE
    assert made.streams[0].requests == 1_440


def test_looks_for_deletes_and_whole_readings_take_a_request_for_each_page() -> None:
    hourly = timedelta(hours=1)
    keys = stream("a", every=hourly, deletes="keys", deletes_every=24 * hourly)
    assert load(keys, hourly, pages=240) == 1 / 3600 + 240 / 86_400
    whole = stream("b", increment=None, deletes="scan")
    assert load(whole, hourly, pages=12) == 12 / 3600


def test_windows_take_a_request_for_each_step_of_each_tier() -> None:
    tiers = (Tier(back=timedelta(days=14), every=hour()), Tier(back=timedelta(days=62), every=24 * hour()))
    windowed = stream("w", increment=None, windows=Windows(params={"from": "{from}", "to": "{to}"}, tiers=tiers))
    assert abs(load(windowed, hour(), pages=1) - ((14 / 31 + 1) / 3600 + 3 / 86_400)) < 1e-9


def hour() -> timedelta:
    return timedelta(hours=1)
