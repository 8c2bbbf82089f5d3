"""The message path of one application: batcher, relay, sockets, warden, put together.

Owns the wiring of Socket.IO to our handlers. Events are registered on the Socket.IO server itself,
because a Flask request context for each costs more than all checks on a message together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app
from flask_socketio import SocketIO

from crypto.transcript import seal_key
from services.connections import Connections
from services.messaging import Messaging
from services.writer import Item
from web.admission import admission
from web.delivery import Delivery
from web.house import House
from web.relay import Relay
from web.sockets import Sockets
from web.transport.batcher import Batcher
from web.transport.budget import Rate
from web.transport.engine import GUEST, Engine, Settings, server_options
from web.transport.stopping import before_stopping
from web.warden import Warden

NAME = "cryptexq-realtime"


@dataclass(frozen=True)
class Realtime:
    """What views need of it. `engine` is for shutting down."""

    messaging: Messaging
    relay: Relay
    delivery: Delivery
    connections: Connections
    engine: Engine


def realtime() -> Realtime:
    return cast(Realtime, current_app.extensions[NAME])


def install(app: Flask, house: House) -> Realtime:
    """Before the proxy's headers are trusted: what is installed later stands in front."""
    settings = transport_settings(house)
    socketio = SocketIO(
        app,
        async_mode="threading",  # by the standard library's names, whatever stands behind them
        manage_session=False,
        always_connect=True,  # so that the challenge comes after the welcome
        cors_allowed_origins=[],  # `admission` judges the Origin
        **server_options(settings),
    )
    server = socketio.server
    engine = Engine(server, house.runtime, admission(app, house), settings)
    messaging = Messaging.over(house.store, seal_key(house.keys.seal_keys[0]), house.clock)
    connections = Connections()
    delivery = Delivery(connections, server.emit, engine.hang_up)
    batcher: Batcher[Item] = Batcher(
        messaging.writer.write, house.runtime.run_in_thread, house.runtime.spawn
    )
    relay = Relay(batcher, delivery, house.runtime.event)
    made = Realtime(messaging, relay, delivery, connections, engine)
    sockets = Sockets(house, messaging, relay, delivery, connections)
    connect_events(server, engine, sockets, Warden(house, messaging, delivery, connections))
    before_stopping(engine.shut_down, house.runtime.spawn)
    app.extensions[NAME] = made
    return made


def transport_settings(house: House) -> Settings:
    """The transport cuts off who does not listen to `rate_limited`, so its bound lies above."""
    config = house.config
    rate = Rate(2.0 * config.messages_per_second + 20, 2.0 * config.messages_burst + 20)
    return Settings(rate=rate)


def connect_events(server: Any, engine: Engine, sockets: Sockets, warden: Warden) -> None:
    server.on("connect", lambda sid, environ, _auth=None: warden.opened(sid, environ[GUEST].who))
    server.on("disconnect", lambda sid, _reason=None: warden.closed(sid))
    engine.on_late("device:prove", sockets.prove)
    engine.on_late("message:send", sockets.send)
    engine.on_other(sockets.refuse)
