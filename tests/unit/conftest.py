"""What all unit tests share."""

from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: properties are about results, not about time.
settings.register_profile("overround", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("overround")
