"""The program ``erpflow``: exit status 0 done, 1 the work failed, 2 wrong use; an error is one sentence."""

from __future__ import annotations

import sys

import click
import typer

from pipeline.cli import connections, connectors, demo, republish, runs, schemas, store, sync, tap, topology, workers
from schemas.errors import ConfigError, ErpflowError

app = typer.Typer(
    name="erpflow",
    help="Brings the records of many customers' ERP systems into one product, as events on AWS SNS and SQS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo")(demo.demo)
app.command("up")(workers.up)
app.command("run")(workers.run)
app.command("sync")(sync.sync)
app.command("republish")(republish.republish)
app.command("tap")(tap.tap)
for name, group in {
    "connectors": connectors.app,
    "connections": connections.app,
    "runs": runs.app,
    "topology": topology.app,
    "schemas": schemas.app,
    "store": store.app,
}.items():
    app.add_typer(group, name=name)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit. The entry point of the distribution."""
    sys.exit(status(arguments))


def status(arguments: list[str] | None = None) -> int:
    """Run the program; the exit status. Errors are told on standard error, never as a traceback."""
    try:
        result = app(arguments, standalone_mode=False)
    except click.exceptions.Abort:
        return _told("Interrupted.", 1)
    except click.ClickException as error:
        return _told(f"{error.format_message().rstrip('.')}; see {_program(error)} --help.", 2)
    except ConfigError as error:
        return _told(str(error), 2)
    except ErpflowError as error:
        return _told(str(error), 1)
    except BrokenPipeError:
        return 1
    return result if isinstance(result, int) else 0


def _program(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return context.command_path if context else "erpflow"


def _told(sentence: str, code: int) -> int:
    typer.echo(f"erpflow: {sentence}", err=True)
    return code


if __name__ == "__main__":
    main()
