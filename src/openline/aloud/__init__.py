"""How it is read aloud: a message as numbered lines for the telephone, their check words, and the page of
paper.
"""
