"""The security headers of every answer, as one table. A test compares every route with it.

The policy names what the pages use and nothing more: our own scripts, styles, images and requests.
'self' in connect-src covers the WebSocket of the same host. Trusted Types are on and one policy may
be made, once: it names the worker that derives keys from a password (static/js/state/kdf.js) and
turns nothing else into anything. So no script can turn a string into markup or code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "worker-src 'self'; "
    "style-src 'self'; "
    "img-src 'self'; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types cryptexq-worker"
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
        "encrypted-media", "fullscreen", "geolocation", "gyroscope", "hid", "idle-detection",
        "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
        "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS_POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
}
STRICT_TRANSPORT_SECURITY = "max-age=31536000"


def install(app: Flask, *, production: bool) -> None:
    """After whatever else answers has been put in front of Flask, as Socket.IO is."""
    fixed = dict(HEADERS)
    if production:
        fixed["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY

    inner = app.wsgi_app

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], *error: Any
        ) -> Callable[[bytes], object]:
            return start_response(status, complete(headers, fixed), *error)

        return inner(environ, start)

    app.wsgi_app = answer  # type: ignore[method-assign]


def complete(headers: list[tuple[str, str]], fixed: dict[str, str]) -> list[tuple[str, str]]:
    """Exactly one of each; what may be cached is for the answer to say."""
    found = Headers(headers)
    found.update(fixed)
    found.setdefault("Cache-Control", "no-store")
    return found.to_wsgi_list()
