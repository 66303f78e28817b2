"""One cycle: pull, decide, push, read back."""
