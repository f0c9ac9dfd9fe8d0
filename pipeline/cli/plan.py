"""``erpflow connectors plan``: how often many connections can be read under the limits of their system."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from connectors.lag import Cadence as Real
from connectors.lag import lags, shown
from connectors.spec import ConnectorSpec
from pipeline.budgets.cadence import Cadence, Plan, Sharers, plan
from pipeline.cli.output import AsJson, show, show_json
from pipeline.installed import installed

Rows = list[dict[str, Any]]


def plan_connectors(
    system: Annotated[str, typer.Argument(help="As erpflow connectors list shows it.")],
    connections: Annotated[int, typer.Option(min=1, help="How many connections there will be.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Show how often each stream can be read when so many connections share the limits of a system."""
    spec = installed().get(system).spec
    made = plan(spec, Sharers(application=connections), {}, {})
    if as_json:
        show_json({"stretch": made.stretch, "streams": _streams(spec, made), "limits": _limits(made)})
        return
    show(_streams(spec, made), False, "It has no streams.")
    show(_limits(made), False, "It keeps no limits: every stream is read as often as it wishes.")


def _streams(spec: ConnectorSpec, made: Plan) -> Rows:
    return [_stream(spec, cadence, made.stretch) for cadence in made.streams]


def _stream(spec: ConnectorSpec, cadence: Cadence, stretch: float) -> dict[str, Any]:
    stream = spec.stream(cadence.stream)
    real = Real(_readable(cadence.allowed), _readable(stream.deletes_every * stretch))
    return {
        "stream": cadence.stream,
        "wished": shown(cadence.wanted),
        "cadence": shown(_readable(cadence.allowed)),
        "requests_a_day": round(cadence.requests),
        "seen": "; ".join(lag.text for lag in lags(stream, real)),
    }


def _limits(made: Plan) -> Rows:
    return [
        {
            "limit": f"{use.limit.requests} requests in {shown(use.limit.per)}",
            "shared_by": f"{use.sharers} connections" if use.limit.scope == "application" else use.limit.scope,
            "planned": f"{use.used:.0%}",
        }
        for use in made.limits
    ]


def _readable(duration: timedelta) -> timedelta:
    """Rounded up to whole seconds, minutes or hours, whichever still tells it well."""
    units = ((timedelta(minutes=10), timedelta(seconds=1)), (timedelta(hours=10), timedelta(minutes=1)))
    unit = next((unit for below, unit in units if duration < below), timedelta(hours=1))
    return -(-duration // unit) * unit
