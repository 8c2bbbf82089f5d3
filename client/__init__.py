"""A CryptexQ client in Python: for tests, bots and load. Import `client.client.Client`."""
