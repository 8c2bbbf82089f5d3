"""The log: one JSON object per line on stdout.

Owns what a line may contain: route patterns instead of addresses, error classes and places in the
code instead of error texts. Texts of unexpected errors can carry somebody's data, so they are left
out; a person, a name, a network address, a body, a token or a key is never logged.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from typing import Any

from flask import Flask, Response, g, has_request_context, request

log = logging.getLogger("cryptexq.requests")
QUIET = ("flask-limiter", "flask_cors", "flask_wtf.csrf", "engineio", "socketio", "werkzeug")


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if has_request_context():
            line.setdefault("request", g.get("request_id"))
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True)


class Lines(logging.StreamHandler[Any]):
    """Without a lock: native threads and the event loop both log, and a lock of the one blocks the
    other. A line is one write, and writes of one line do not mix."""

    terminator = ""

    def createLock(self) -> None:  # noqa: N802 the library's name
        self.lock = None

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record) + "\n"


def start() -> None:
    """Send everything to stdout, once per process."""
    handler = Lines(sys.stdout)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    if request.endpoint != "assets.serve":
        rule = request.url_rule.rule if request.url_rule else None
        fields = {
            "method": request.method if rule else None,
            "route": rule,
            "status": response.status_code,
            "ms": round((time.perf_counter() - g.get("began", time.perf_counter())) * 1000, 1),
        }
        log.info("request", extra={"fields": fields})
    return response


def _places(tb: Any) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb)]
