"""What the bridge remembers: snapshots of the panel, events, decisions, the ledger and the outbox."""
