"""Notices to customers and staff: read off the history once, released when it is not quiet, delivered."""
