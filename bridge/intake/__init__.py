"""The other ways in: letters to the support mailbox become tickets (rules I-3, I-4)."""
