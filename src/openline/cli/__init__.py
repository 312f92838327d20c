"""``openline``: the command line. One file per group of verbs; nothing heavy is imported before one runs."""

from openline.cli.run import main as main
