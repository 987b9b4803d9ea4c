"""Builds the programs of the sandbox from pinned, hash-checked sources into a cache of the user's."""
