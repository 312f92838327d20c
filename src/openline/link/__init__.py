"""How it travels: batches of sealed envelopes over HTTPS, and the pump that decides what goes next."""
