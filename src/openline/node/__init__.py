"""In what order: verify, append, decide, apply, reply; commit, then speak. Its ports: Store and Signer."""
