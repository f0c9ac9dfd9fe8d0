"""Logs as JSON lines with a stable ``action`` key, and trace ids from the ERP to the subscriber.

Lines have names and numbers and nothing of a record: logs outlive an erasure.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from typing import TextIO

import structlog
from structlog.typing import ExcInfo

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Send structlog's events as JSON lines to ``stream`` (standard error by default). Called once at start-up."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(_without_values),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _without_values(exc_info: ExcInfo) -> str:
    """Where a defect was, and of which class it is. Its text is left out: it may quote a value."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        kind = type(error)
        parts.insert(0, "".join(traceback.format_tb(error.__traceback__)) + f"{kind.__module__}.{kind.__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nthen:\n".join(parts)


def new_traceparent() -> str:
    """A W3C trace context for a new run (https://www.w3.org/TR/trace-context/)."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def trace_id(traceparent: str) -> str:
    """The trace id within a traceparent, for log lines; '' where there is none: no page fails for want of it."""
    return traceparent.partition("-")[2].partition("-")[0][:32]
