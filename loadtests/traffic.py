"""Which link each request asks for. Draws are seeded: every run asks for the same."""

import random
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

SEED = 20_240_229


def zipf(count: int, draws: int, *, exponent: float = 1.0, seed: int = SEED) -> list[int]:
    """`draws` ranks out of 0 to `count` - 1, where rank r comes up in proportion to 1 / (r + 1) ** `exponent`: few
    links get most of the traffic, and there is no end of links that get a little."""
    weights = accumulate((rank + 1) ** -exponent for rank in range(count))
    return random.Random(seed).choices(range(count), cum_weights=list(weights), k=draws)


def mixed(pools: Sequence[Sequence[str]], draws: int, *, seed: int = SEED) -> list[str]:
    """`draws` paths, each from a pool chosen at random and equally likely any of that pool's."""
    chance = random.Random(seed)
    return [chance.choice(chance.choice(pools)) for _ in range(draws)]


def shuffled(paths: Iterable[str], *, seed: int = SEED) -> list[str]:
    """All of `paths`, in an order that has nothing to do with when they were made."""
    order = list(paths)
    random.Random(seed).shuffle(order)
    return order


def write(paths: Iterable[str], file: Path) -> Path:
    """Write `paths` one a line, as `wrk.Scripts.paths` wants them."""
    file.write_text("".join(f"{path}\n" for path in paths))
    return file
