"""Four allocators in one process: `python -m tests.links.allocator DATABASE REDIS_URL` writes each number it is handed
out on a line, until its standard input is closed."""

import sys
import threading

import django
from django.conf import settings


def main() -> None:
    database, redis_url = sys.argv[1:]
    settings.DATABASES["default"]["NAME"] = database
    settings.REDIS_URL = redis_url
    django.setup()
    from shortener.links import ids

    stop = threading.Event()

    def allocate() -> None:
        while not stop.is_set():
            numbers = ids.allocate(3)
            sys.stdout.write("".join(f"{number}\n" for number in numbers))
            sys.stdout.flush()

    threads = [threading.Thread(target=allocate) for _ in range(4)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
