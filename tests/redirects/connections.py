"""Connections of all kinds for the tests of the HTTP protocol: what browsers send, and what only attackers do."""

import random
from collections.abc import Iterator

HOT = b"GET /hot HTTP/1.1\r\nHost: go.example.org\r\nUser-Agent: Mozilla/5.0\r\n\r\n"
TARGETS = [
    b"/hot", b"/hot", b"/hot", b"/kept", b"/stale", b"/limited", b"/nobody", b"/unheard-of", b"/hot?a=1", b"/hot?",
    b"/hot#x", b"/hot/", b"/hot/more", b"/h%6ft", b"/HOT", b"/hot.", b"/app/", b"/", b"//hot", b"*", b"hot", b"/ho t",
    b"http://go.example.org/hot", b"http://other.example/hot", b"/" + b"x" * 70, b"/h\xc3\xb6t", b"/hot\x00", b"/a",
]  # fmt: skip
METHODS = [b"GET"] * 8 + [b"HEAD", b"POST", b"get", b"OPTIONS", b"GETT", b"PUT", b"CONNECT"]
VERSIONS = [b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b"HTTP/1.2", b"HTTP/11", b"", b"HTTP/1.1 "]
HOSTS = [
    b"Host: go.example.org", b"Host: go.example.org", b"host:go.example.org", b"HOST:  go.example.org \t",
    b"Host: GO.Example.Org", b"Host: localhost", b"Host: other.example", b"Host:", b"Host : go.example.org",
    b"Host: go.example.org\r\nHost: other.example", b"Host: other.example\r\nHost: go.example.org", b"X-No-Host: 1",
]  # fmt: skip
LINES = [
    b"User-Agent: Mozilla/5.0", b"user-agent:\tx", b"User-Agent: " + b"u" * 700, b"Referer: https://example.org/\xc3\xbc",
    b"Accept-Language: de,en;q=0.5", b"DNT: 1", b"Sec-GPC: 1", b"Purpose: prefetch", b"X-Forwarded-For: 198.51.100.1",
    b"Cookie: a=b; c=d", b"Accept: */*", b"X-Empty:", b"X-Empty: ", b"X-Two: 1\r\nX-Two: 2", b"X_Under: 1", b"X.Dot: 1",
    b"Upgrade-Insecure-Requests: 1", b"X-High: \xff\xfe", b"Te: trailers",
]  # fmt: skip
ODD_LINES = [
    b"Connection: keep-alive", b"Connection: Keep-Alive", b"Connection: close", b"Connection: keep-alive, close",
    b"Connection: Upgrade\r\nUpgrade: websocket", b"Connection: upgrade\r\nUpgrade: h2c", b"Upgrade: websocket",
    b"Proxy-Connection: close", b"Connection:", b"Connection: x", b"Content-Length: 0", b"Content-Length: 5",
    b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: +5", b"Content-Length: 0x5", b"Content-Length : 5",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"Transfer-Encoding: identity",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding:\x0bchunked", b"Expect: 100-continue", b"X-Folded: a\r\n b",
    b" X-Leading: 1", b"X-Nul: a\x00b", b"X-Bare: a\nb", b"X-Cr: a\rb", b"No-Colon", b": no name", b"X Space: 1",
    b"X-B\xc3\xb6se: 1", b"X-Ctl: \x01", b"Trailer: X", b"X-Large: " + b"l" * 9000,
]  # fmt: skip
ENDS = [b"\r\n"] * 12 + [b"\n", b"\r", b"\r\n\r\n"]
BODIES = [b""] * 6 + [b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"hel", HOT, b"\r\n", b"\x00"]


def request(chance: random.Random) -> bytes:
    lines = [b"%s %s %s" % (chance.choice(METHODS), chance.choice(TARGETS), chance.choice(VERSIONS))]
    if chance.random() < 0.5:
        lines = [b"GET %s HTTP/1.1" % chance.choice(TARGETS)]
    headers = [chance.choice(HOSTS), *chance.sample(LINES, chance.randrange(5))]
    if chance.random() < 0.35:
        headers.append(chance.choice(ODD_LINES))
    chance.shuffle(headers)
    lines += headers
    if chance.random() < 0.9:
        return b"\r\n".join(lines) + b"\r\n\r\n" + chance.choice(BODIES)
    return b"".join(line + chance.choice(ENDS) for line in lines) + chance.choice(ENDS) + chance.choice(BODIES)


def plain(chance: random.Random) -> bytes:
    """A request for the short cut, with the headers that browsers send."""
    headers = [chance.choice(HOSTS[:3]), *chance.sample(LINES[:11], chance.randrange(9))]
    chance.shuffle(headers)
    return b"\r\n".join([b"GET %s HTTP/1.1" % chance.choice(TARGETS[:7]), *headers]) + b"\r\n\r\n"


def damaged(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    kind = chance.randrange(4)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + data[at + 1 :]
    return (
        data[:at]
        + bytes([chance.choice((0, 9, 10, 13, 32, 58, 127, 200, chance.randrange(256)))])
        + data[at + kind - 2 :]
    )


def connection(chance: random.Random) -> bytes:
    data = b"".join(HOT if chance.random() < 0.3 else request(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3))))
    return damaged(data, chance) if chance.random() < 0.15 else data


def pieces_of(data: bytes, chance: random.Random) -> list[bytes]:
    """As they may arrive: in one, request by request, or split anywhere."""
    kind = chance.randrange(4)
    if kind == 0:
        return [data]
    if kind == 1:
        return [piece + b"\r\n\r\n" for piece in data.split(b"\r\n\r\n")[:-1]] + [data.rpartition(b"\r\n\r\n")[2]]
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(1, 4)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def cases(number: int, seed: int) -> Iterator[tuple[list[bytes], list[bool]]]:
    chance = random.Random(seed)
    for _ in range(number):
        pieces = [piece for piece in pieces_of(connection(chance) or b"x", chance) if piece]
        yield pieces, [chance.random() < 0.5 for _ in pieces]
