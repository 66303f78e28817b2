"""The Reds Comm rules as pure functions: no I/O, no clock, no YAML, no SQL."""
