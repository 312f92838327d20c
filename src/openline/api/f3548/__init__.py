"""F3548-21 over HTTP: a file for each resource of the standard, and what is true of every request."""
