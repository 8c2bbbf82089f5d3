"""The entry: `python app.py` for one's own machine, `gunicorn ... app:app` for a server. With the
Procfile and the requirements the only place that knows the async runtime."""
# ruff: noqa: E402 - the standard library is patched before anything else is imported

import os
import warnings

os.environ["EVENTLET_NO_GREENDNS"] = "yes"
warnings.filterwarnings("ignore", message="\\s*Eventlet is deprecated")

import eventlet  # type: ignore[import-untyped]

eventlet.monkey_patch()

import atexit
import signal

from eventlet import patcher, tpool, wsgi

from config import Config
from errors import ConfigError, StoreError
from store.sqlite import SqliteStore
from web import application, logs, runtime, starting

DIRECTLY = __name__ == "__main__"
RUNTIME = runtime.Runtime(
    spawn=eventlet.spawn_n,
    sleep=eventlet.sleep,
    run_in_thread=tpool.execute,
    socket_of=lambda env: env.get("gunicorn.socket") or env["eventlet.input"].get_socket(),
    send_now=lambda sock, data: sock.fd.send(data),
    response_sent=lambda: setattr(wsgi.WSGI_LOCAL, "already_handled", True),
    time_limit=eventlet.Timeout,
    native_thread=patcher.original("threading").Thread,
)


def stop(*_: object) -> None:
    store.close()
    os._exit(0)


def serve() -> None:
    wsgi.HttpProtocol.log_message = lambda *_: None  # it quotes requests and their addresses
    signal.signal(signal.SIGTERM, stop)
    listener = starting.listen(eventlet.listen, config.host, config.port, config.open_browser)
    wsgi.server(listener, app, log_output=False, debug=False, max_size=20_000)


logs.start()
try:
    config = Config.from_env(default_environment="development" if DIRECTLY else "production")
    store = SqliteStore(config.data_dir, lock_factory=patcher.original("threading").Lock)
    app = application.create_app(config, store, RUNTIME)
except (ConfigError, StoreError) as error:
    starting.refuse(error.detail)
atexit.register(store.close)
runtime.settle_garbage_collector()
if DIRECTLY:
    serve()
