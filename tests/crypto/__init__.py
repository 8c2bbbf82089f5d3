"""Tests of crypto/: vectors of others, our own vectors, properties and every refusal."""
