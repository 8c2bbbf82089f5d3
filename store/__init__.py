"""What the server keeps. `base` holds the Protocols; `sqlite` is the default store."""
