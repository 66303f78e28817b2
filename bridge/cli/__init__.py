"""The commands of `bridge`: they read options, call the parts below, and show what comes back."""
