"""Telling people: the channels of staff."""
