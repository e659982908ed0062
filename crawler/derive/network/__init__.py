"""What went over the network, as two witnesses saw it, put together in one ledger."""
