"""Clicks as they come in: announced by the ingest worker once they are written, heard by `listeners`.

An announcement costs nothing where nobody listens, and holds no more than a few clicks of a busy moment: who wants all
of them reads the statistics.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
import redis

from shortener.clicks.enrich import EnrichedClick
from shortener.clicks.listeners import HEADER, channel_of
from shortener.clicks.models import Kind
from shortener.infra import public_id

MOST_ANNOUNCED = 50  # clicks of a workspace in one message
_encode = msgspec.json.Encoder().encode


def live_header(workspace_id: int, link_id: int | None = None) -> dict[str, str]:
    """The response header that makes `LiveStreams` send the clicks of a workspace, or of one of its links, to
    whoever asked."""
    return {HEADER: f"{workspace_id}" if link_id is None else f"{workspace_id} {public_id.encode('link', link_id)}"}


def announce(client: redis.Redis, clicks: Iterable[EnrichedClick]) -> None:
    """Tell those who listen to the workspaces of `clicks`. Raises `redis.RedisError`."""
    by_workspace: defaultdict[int, list[EnrichedClick]] = defaultdict(list)
    for click in clicks:
        if click.facts.workspace_id and click.kind in (Kind.HUMAN, Kind.BOT):
            by_workspace[click.facts.workspace_id].append(click)
    if not by_workspace:
        return
    numbers = list(by_workspace)
    listeners = client.pubsub_numsub(*(channel_of(number) for number in numbers))
    for number, (channel, count) in zip(numbers, listeners, strict=True):
        if count:
            found = by_workspace[number]
            shown = [_shown(click) for click in found[-MOST_ANNOUNCED:]]
            client.publish(channel, _encode({"clicks": shown, "more": len(found) - len(shown)}))


def _shown(click: EnrichedClick) -> dict[str, object]:
    return {
        "link": public_id.encode("link", click.link_id),
        "at": click.at,
        "bot": click.kind == Kind.BOT,
        "country": click.place.country,
        "city": click.place.city,
        "referrer": click.referrer,
        "browser": click.agent.browser,
        "os": click.agent.os,
        "device": click.agent.device,
    }
