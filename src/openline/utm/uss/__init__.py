"""The USS: what this node files for itself, what it tells other USSs, and what it is told."""
