"""The program ``erpflow``: exit status 0 done, 1 the work failed, 2 wrong use; an error is one sentence."""

from __future__ import annotations

import os
import sys
import traceback
from tempfile import mkstemp

import typer

from pipeline.cli import (
    audit,
    authorize,
    connectors,
    demo,
    doctor,
    erasing,
    replays,
    republish,
    retransform,
    runs,
    schemas,
    store,
    sync,
    tap,
    topology,
    trail,
    workers,
)
from pipeline.observability import configure_logs
from schemas.errors import ConfigError, ErpflowError

DONE, FAILED, WRONG_USE = 0, 1, 2
_INTERRUPTED = 130  # what Typer makes of Ctrl-C

app = typer.Typer(
    name="erpflow",
    help="Brings the records of many customers' ERP systems into one product, as events on AWS SNS and SQS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command("demo", short_help="See it work here, on a real ERP.")(demo.demo)
app.command("up")(workers.up)
app.command("run")(workers.run)
app.command("sync")(sync.sync)
app.command("republish")(republish.republish)
app.command("tap")(tap.tap)
app.command("retransform")(retransform.retransform)
app.command("actions")(trail.actions)
app.command("audit")(audit.audit)
app.command("doctor")(doctor.doctor)
authorize.app.command("erase")(erasing.Erase)
for name, group in {
    "connectors": connectors.app,
    "connections": authorize.app,
    "deadletters": replays.app,
    "runs": runs.app,
    "topology": topology.app,
    "schemas": schemas.app,
    "store": store.app,
}.items():
    app.add_typer(group, name=name)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit. The entry point of the distribution."""
    configure_logs("error")  # standard output is the command's own; a worker sets its own level
    sys.exit(status(arguments))


def status(arguments: list[str] | None = None) -> int:
    """Run the program; the exit status. Errors are told on standard error, never as a traceback."""
    try:
        result = app(arguments, prog_name="erpflow", standalone_mode=False)
    except typer.TyperException as error:
        return _wrong_use(error)
    except ConfigError as error:
        return _told(str(error), WRONG_USE)
    except ErpflowError as error:
        return _told(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _told("Interrupted.", FAILED)
    except OSError as error:
        return _told(*_of_system(error))
    except Exception as error:  # noqa: BLE001  # a person is never shown a traceback
        return _told(_defect(error), FAILED)
    if result == _INTERRUPTED:
        return _told("Interrupted.", FAILED)
    return result if isinstance(result, int) else DONE


def _wrong_use(error: typer.TyperException) -> int:
    """Typer's own errors; a command group without a command gives its help as the message."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    if context is not None and message == context.get_help():
        typer.echo(message, err=True)
        return WRONG_USE
    program = context.command_path if context is not None else "erpflow"
    return _told(f"{' '.join(message.split()).rstrip('.')}; see {program} --help.", WRONG_USE)


def _of_system(error: OSError) -> tuple[str, int]:
    if error.filename is None:
        return f"The operating system refused it ({error.strerror or error}); try again.", FAILED
    return f"{error.filename} cannot be used ({error.strerror}); name another place or correct its rights.", WRONG_USE


def _defect(error: Exception) -> str:
    descriptor, path = mkstemp(prefix="erpflow-", suffix=".log")
    with os.fdopen(descriptor, "w") as file:
        traceback.print_exception(error, file=file)
    return f"This is a defect of erpflow ({type(error).__name__}); report it with the details in {path}."


def _told(sentence: str, code: int) -> int:
    typer.echo(f"erpflow: {sentence}", err=True)
    return code


if __name__ == "__main__":
    main()
