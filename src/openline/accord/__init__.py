"""WHAT WAS AGREED: the accord, and what it lets one party tell the other. Import from the modules."""
