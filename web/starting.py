"""Starting by hand: where it listens, what the person is told, and how a start is refused.

Must not know which async runtime serves the requests.
"""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable
from typing import Any, NoReturn

GIVE_UP = 3  # with this exit code gunicorn stops; with any other it tries again for ever


def refuse(why: str) -> NoReturn:
    """End with one line for the administrator."""
    sys.stderr.write(f"CryptexQ cannot start. {why}\n")
    sys.exit(GIVE_UP)


def listen(open_socket: Callable[..., Any], host: str, port: int, open_browser: bool) -> Any:
    """A listening socket of our own, since two servers on one port would each get half of the
    people. Says where it is, and opens it for somebody who sits at this terminal."""
    try:
        listener = open_socket((host, port), reuse_port=False)
    except OSError as error:
        refuse(f"HOST={host} PORT={port}: {error.strerror}. Set another HOST or PORT.")
    sys.stdout.write(f"CryptexQ is at http://localhost:{port} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    if open_browser and sys.stdout.isatty():
        webbrowser.open(f"http://localhost:{port}")
    return listener
