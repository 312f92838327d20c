"""Two control centres as two real processes, real flights, and a conductor who steps their time."""
