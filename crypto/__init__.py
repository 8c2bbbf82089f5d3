"""The protocol of docs/PROTOCOL.md: bytes in, bytes out.

Nothing here reads a clock, draws randomness, does I/O or knows a web framework: time, randomness
and keys are arguments, so that a whole session replays from vectors. (Two exceptions come from the
library below: HPKE encapsulation and hedged ML-DSA signing draw from the operating system.)

Import the modules by name; this file imports none of them, because a server must never load
`epoch` and `chain`, and because start-up should not pay for what it does not use.
"""
