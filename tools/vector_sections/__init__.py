"""The sections of the vector file, one module for each area of the protocol."""
