"""A MikroWISP panel small enough to run anywhere, for tests, training and the demo."""
