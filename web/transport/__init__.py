"""The runtime edge: how bytes of clients become events, within limits, and how writes are grouped.

frames.py     WebSocket frames, pure
budget.py     token bucket and socket caps, pure
packets.py    what a client may say in Socket.IO
websocket.py  one client's socket: handshake, reading, bounded writing
connection.py one Socket.IO client on it, and the heartbeat of all
library.py    all that we use of python-socketio's insides
engine.py     admission, the set of connections, events with late acknowledgements
stopping.py   a farewell to clients before the server stops
batcher.py    group commit
"""
