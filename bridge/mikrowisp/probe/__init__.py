"""The probe: the contract's list of questions, put to a real panel on one customer (contract section 4.4)."""
