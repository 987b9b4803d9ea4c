"""Settings of all unit tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# A loaded machine is slow now and then: no test may fail by the clock.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")
