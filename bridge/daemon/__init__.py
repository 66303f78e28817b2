"""The bridge as a service: cycles on a schedule, edits, figures, alerts."""
