"""HTTP: pages, API and the frame around them. `create_app` is the way in."""

from web.application import create_app

__all__ = ["create_app"]
