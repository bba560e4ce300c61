"""`python -m shortener.cli`."""

from shortener.cli.app import main

main()
