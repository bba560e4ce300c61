#!/usr/bin/env python
"""Command line of the shortener: `python manage.py help` lists the commands."""

import gc
import os
import sys


def main() -> None:
    gc.set_threshold(50_000)  # what is imported stays: to look for garbage among it takes a tenth of a start
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.env import ConfigError

    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except ConfigError as error:
        sys.exit(f"The settings need a change before this can start:\n{error}")


if __name__ == "__main__":
    main()
