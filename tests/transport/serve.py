"""A server for the transport tests, in a process of its own: what app.py does, without the product.

Like app.py, and unlike all the rest, it knows which async runtime we run on.
Arguments: port, and a JSON object that overrides `Settings`.
"""

import eventlet

eventlet.monkey_patch()

import dataclasses  # noqa: E402
import json  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eventlet import patcher, tpool, wsgi  # noqa: E402
from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

from web.runtime import Runtime  # noqa: E402
from web.transport import engine  # noqa: E402
from web.transport.budget import Rate  # noqa: E402
from web.transport.frames import Limits  # noqa: E402
from web.transport.stopping import before_stopping  # noqa: E402

RUNTIME = Runtime(
    spawn=eventlet.spawn_n,
    sleep=eventlet.sleep,
    run_in_thread=tpool.execute,
    socket_of=lambda environ: environ["eventlet.input"].get_socket(),
    send_now=lambda sock, data: sock.fd.send(data),
    response_sent=lambda: setattr(wsgi.WSGI_LOCAL, "already_handled", True),
    native_thread=patcher.original("threading").Thread,
)
native_time = patcher.original("time")


def settings(overrides: dict) -> engine.Settings:
    parts = {"limits": Limits, "rate": Rate}
    made = {key: parts[key](**value) if key in parts else value for key, value in overrides.items()}
    return dataclasses.replace(engine.Settings(), **made)


def admit(environ: dict) -> engine.Guest:
    name = environ.get("HTTP_X_NAME")
    if name == "stranger":
        raise engine.Refused("401 UNAUTHORIZED", "log in first")
    return engine.Guest(keys=(name,) if name else (), who=name)


def build(overrides: dict) -> tuple[Flask, SocketIO]:
    app = Flask(__name__)
    app.add_url_rule("/memory", view_func=memory)
    chosen = settings(overrides)
    socketio = SocketIO(app, async_mode="eventlet", **engine.server_options(chosen))
    hub = engine.Engine(socketio.server, RUNTIME, admit, chosen)
    events(socketio.server, hub)
    before_stopping(hub.shut_down, RUNTIME.spawn)
    return app, socketio


def memory() -> str:
    return str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def events(server, hub: engine.Engine) -> None:
    gone, work = [], []

    def echo_late(sid, data, reply):
        RUNTIME.spawn(answer_later, data, reply)

    def answer_later(data, reply):
        eventlet.sleep(data["after"])
        reply(data)
        reply("never sent")

    def toil(sid, data):
        work.append(data)
        native_time.sleep(0.001)

    def fail(sid, *_):
        raise ValueError("a fault in a handler")

    server.on("connect", lambda sid, environ, auth=None: None)
    server.on("disconnect", lambda sid, reason: gone.append(reason))
    server.on("echo", lambda sid, data: data)
    server.on(
        "who",
        lambda sid, data: (
            server.environ[server.manager.eio_sid_from_sid(sid, "/")][engine.GUEST].who
        ),
    )
    server.on("gone", lambda sid, data: list(gone))
    server.on("fail", fail)
    server.on(
        "pour",
        lambda sid, data: (
            [server.emit("drop", "x" * 1000, to=data["to"]) for _ in range(data["times"])]
            and len(server.eio.sockets)
        ),
    )
    server.on("count", lambda sid, data: hub.caps.count)
    server.on("held", lambda sid, data: len(server.eio.sockets))
    server.on("work", toil)
    server.on("worked", lambda sid, data: len(work))
    server.on("kick", lambda sid, data: server.disconnect(data["sid"]))
    server.on("hang up", lambda sid, data: hub.hang_up(data["sid"], "logged out"))
    hub.on_late("late", echo_late)


def under_gunicorn() -> Flask:
    """`gunicorn tests.transport.serve:under_gunicorn()`"""
    app, _ = build({})
    return app


if __name__ == "__main__":
    flask_app, socketio = build(json.loads(sys.argv[2]))
    socketio.run(flask_app, port=int(sys.argv[1]), socket_timeout=1)  # for requests, not sockets
