"""Measures the site beside nginx's bare `return 302`: `python loadtests/bench.py [SCENARIO …] [--json]`."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loadtests import nginx, report, seed, stack, wrk
from loadtests.children import require_programs
from loadtests.client import Site
from loadtests.errors import BenchError
from loadtests.measure import Bench, Options, Result
from loadtests.saying import say
from loadtests.scenarios import LONG, SCENARIOS, mistake

FAILED, WRONG_USE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the scenarios that were asked for; the exit status."""
    asked = _parser().parse_args(arguments)
    names = list(dict.fromkeys(asked.scenarios)) or [name for name in SCENARIOS if name not in LONG]
    if wrong := mistake(names) or _nothing_to_check(names, asked):
        return _fail(wrong, WRONG_USE)
    results: list[Result] = []
    try:
        require_programs("nginx", "wrk")
        with _bench(_options(asked), asked.keep) as bench:
            _run(bench, names, results)
    except BenchError as error:
        _print(results, json=asked.json)
        return _fail(str(error), FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted", INTERRUPTED)
    _print(results, json=asked.json)
    broken = report.broken_bounds(results, _bounds(asked)) if asked.check else []
    return _fail("; ".join(broken), FAILED) if broken else 0


def _parser() -> argparse.ArgumentParser:
    defaults = Options()
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=_named(SCENARIOS))
    parser.add_argument("--keep", type=Path, metavar="DIRECTORY", help="for the data, which stay there for another run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--no-fast-path", dest="fast_path", action="store_false", help="switch FAST_PATH off")
    parser.add_argument("--check", action="store_true", help="fail when a documented bound does not hold")
    for name, kind, words in (
        ("seconds", _whole, "length of each measurement in a round"),
        ("rounds", _whole, "measurements of which the median counts"),
        ("connections", _whole, "kept open at the same time"),
        ("workers", _whole, "web processes"),
        ("links", _whole, "that zipf draws from"),
        ("clicks", _whole, "of the link in history"),
    ):
        default = getattr(defaults, name)
        parser.add_argument(f"--{name}", type=kind, default=default, metavar="N", help=f"{words} (default {default})")
    return parser


def _named(names: Iterable[str]) -> str:
    return f"default: all of {', '.join(names)} but {' and '.join(LONG)}, which take long"


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number above zero")
    return int(text)


def _options(asked: argparse.Namespace) -> Options:
    return Options(
        seconds=asked.seconds,
        rounds=asked.rounds,
        connections=asked.connections,
        workers=asked.workers,
        links=asked.links,
        clicks=asked.clicks,
        fast_path=asked.fast_path,
    )


def _bounds(asked: argparse.Namespace) -> Mapping[str, report.Bound]:
    return report.BOUNDS if asked.fast_path else report.WITHOUT_FAST_PATH


def _nothing_to_check(names: Sequence[str], asked: argparse.Namespace) -> str | None:
    bounds = _bounds(asked)
    if not asked.check or not bounds.keys().isdisjoint(names):
        return None
    return f"--check needs one of {', '.join(bounds)} among the scenarios"


@contextmanager
def _bench(options: Options, keep: Path | None) -> Iterator[Bench]:
    """Everything started, and stopped again with the block; the data are in `keep`, or nowhere afterwards."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # unwinds the stack below
    with ExitStack() as things:
        directory = Path(things.enter_context(tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)))
        directory.chmod(0o711)  # as root, the databases run as another user, who has to get through
        if keep:
            keep.mkdir(mode=0o711, parents=True, exist_ok=True)
        say("Starting nginx and the stack")
        bare = things.enter_context(nginx.running(directory))
        ours = things.enter_context(
            stack.running(keep or directory, workers=options.workers, fast_path=options.fast_path)
        )
        site = Site(ours.host, seed.connect(ours))
        yield Bench(options, ours, bare, site, directory, wrk.Scripts(directory))


def _run(bench: Bench, names: Sequence[str], results: list[Result]) -> None:
    """Fill `results`. nginx comes first whether or not it was asked for, with all that was seen of it in the end."""
    try:
        for name in names:
            if name != "nginx":
                say(f"{name} …")
                results.append(SCENARIOS[name](bench))
        if names == ["nginx"]:
            bench.rounds({})
    finally:
        if bench.nginx_samples:
            results.insert(0, SCENARIOS["nginx"](bench))


def _print(results: Sequence[Result], *, json: bool) -> None:
    if results:
        print(report.as_json(results) if json else report.as_table(results), flush=True)


def _fail(message: str, status: int) -> int:
    print(f"bench: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
