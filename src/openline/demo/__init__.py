"""Two control centres as two real processes, real flights, and the conductor that steps them through the day."""
