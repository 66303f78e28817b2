"""A service-credit and escalation bridge for ISPs whose panel is MikroWISP."""
