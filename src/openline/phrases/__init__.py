"""WHAT IT SAYS, IN EACH LANGUAGE: the same bytes as sentences of the reader's own language and units."""
