"""`python -m engine` is `sarclip`."""

from engine.cli import main

main()
