"""The line as suppliers see it: notices become operational intents, and intents become notices."""
