"""``python -m openline``: the same as ``openline``."""

from openline.cli import main

if __name__ == "__main__":
    main()
