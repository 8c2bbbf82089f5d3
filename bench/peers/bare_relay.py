"""The peer to beat: a Flask-SocketIO relay as its documentation shows it, nothing tuned.

It checks nothing and stores nothing: it hands each message to the other client of its room and
acknowledges. Run as `gunicorn --worker-class eventlet -w 1 bare_relay:app`.
"""

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
socketio = SocketIO(app, async_mode="eventlet", cors_allowed_origins="*")


@socketio.on("connect")
def connect(_auth=None):
    join_room(request.headers["X-Room"])


@socketio.on("message:send")
def relay(data):
    entry = {"conversation": data["conversation"], "bytes": data["envelope"]}
    emit("entry:new", entry, to=data["conversation"], include_self=False)
    return {"ok": True}
