"""The demo: six invented days at a panel, told as a story."""
