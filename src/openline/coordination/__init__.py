"""What is said: messages, the dialogue, the picture that both sides fold, and what follows from it. Pure."""
