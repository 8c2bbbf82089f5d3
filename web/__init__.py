"""HTTP: pages, API and the frame around them. `web.application.create_app` is the way in.

Imports nothing: gunicorn loads `web.gunicorn_log` before the runtime has prepared the process.
"""
