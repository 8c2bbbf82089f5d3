"""The tests mirror the tree: tests/crypto for crypto/, and so on; both languages read vectors/."""
