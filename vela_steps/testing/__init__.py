"""Fixtures for end-to-end tests: a sandbox, its receiver, a namespace of one's own, and waits that explain themselves.

Enable it where it is wanted, with `-p vela_steps.testing.plugin` (or `pytest_plugins` in the top conftest.py): it is no
entry point, so that installing vela-steps changes nobody's test runs.
"""
