"""Settings of the engine's tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# a busy machine is no reason to fail
settings.register_profile("engine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("engine")
