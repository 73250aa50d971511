"""What the server writes to its log: one line an event, plain tracebacks, never local variables."""

from __future__ import annotations

import sys

import structlog


def configure() -> None:
    """Set up structlog for this process; the locals of a traceback could hold a reader's data."""
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
