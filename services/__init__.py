"""What the application does. Imports `store` and `crypto`, never `web` (tests/test_layers.py)."""
