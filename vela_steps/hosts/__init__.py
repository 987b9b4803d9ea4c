"""The places where the helper plugs in: the same core call, other ways to read, to write and to fail."""
