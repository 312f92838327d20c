"""The DSS: an airspace in memory, and pure decisions on what suppliers ask of it."""
