"""What people and programs see of the store: plain values for lists, receipts and reports."""
