"""Referrers that people know by a name: search engines, networks, mail programs."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

Medium = Literal["search", "social", "mail", "chat", "assistant", ""]

# Names, with hosts: a host stands for itself and all below it; one that ends in `.*` for any country's domain.
SOURCES: dict[Medium, dict[str, tuple[str, ...]]] = {
    "search": {
        "Google": ("google.*", "com.google.android.googlequicksearchbox"),
        "Bing": ("bing.com",),
        "DuckDuckGo": ("duckduckgo.com", "com.duckduckgo.mobile.android"),
        "Yahoo": ("search.yahoo.com", "search.yahoo.co.jp", "yahoo.*"),
        "Yandex": ("yandex.*", "ya.ru"),
        "Baidu": ("baidu.com",),
        "Ecosia": ("ecosia.org",),
        "Qwant": ("qwant.com",),
        "Startpage": ("startpage.com",),
        "Brave Search": ("search.brave.com",),
        "Kagi": ("kagi.com",),
        "Naver": ("naver.com",),
        "Seznam": ("seznam.cz",),
        "Sogou": ("sogou.com",),
        "MetaGer": ("metager.de", "metager.org"),
        "Swisscows": ("swisscows.com",),
        "Mojeek": ("mojeek.com",),
        "Ask": ("ask.com",),
        "AOL": ("search.aol.com",),
    },
    "social": {
        "Facebook": ("facebook.com", "fb.com", "fb.me", "com.facebook.katana"),
        "Instagram": ("instagram.com", "com.instagram.android"),
        "Threads": ("threads.net", "threads.com"),
        "X": ("t.co", "twitter.com", "x.com", "com.twitter.android"),
        "LinkedIn": ("linkedin.com", "lnkd.in", "com.linkedin.android"),
        "Reddit": ("reddit.com", "redd.it", "com.reddit.frontpage"),
        "YouTube": ("youtube.com", "youtu.be", "com.google.android.youtube"),
        "Pinterest": ("pinterest.*", "pin.it", "com.pinterest"),
        "TikTok": ("tiktok.com", "com.zhiliaoapp.musically"),
        "Snapchat": ("snapchat.com", "com.snapchat.android"),
        "Bluesky": ("bsky.app", "go.bsky.app"),
        "Mastodon": ("mastodon.social", "mastodon.online", "mstdn.social", "fosstodon.org", "hachyderm.io"),
        "Hacker News": ("news.ycombinator.com",),
        "Lobsters": ("lobste.rs",),
        "Tumblr": ("tumblr.com",),
        "Xing": ("xing.com",),
        "VK": ("vk.com", "away.vk.com"),
        "Weibo": ("weibo.com", "weibo.cn", "t.cn"),
        "Quora": ("quora.com",),
        "Medium": ("medium.com",),
        "Stack Overflow": ("stackoverflow.com",),
        "GitHub": ("github.com",),
    },
    "mail": {
        "Gmail": ("mail.google.com", "com.google.android.gm"),
        "Outlook": ("outlook.live.com", "outlook.office.com", "outlook.office365.com", "com.microsoft.office.outlook"),
        "Yahoo Mail": ("mail.yahoo.com", "mail.yahoo.co.jp"),
        "Proton Mail": ("mail.proton.me",),
        "GMX": ("gmx.net", "gmx.com", "deref-gmx.net"),
        "WEB.DE": ("web.de", "deref-web.de"),
        "T-Online": ("email.t-online.de",),
        "iCloud Mail": ("icloud.com",),
        "Fastmail": ("fastmail.com",),
        "Zoho Mail": ("mail.zoho.com", "mail.zoho.eu"),
    },
    "chat": {
        "WhatsApp": ("whatsapp.com", "wa.me", "com.whatsapp"),
        "Telegram": ("telegram.org", "t.me", "web.telegram.org", "org.telegram.messenger"),
        "Discord": ("discord.com", "discordapp.com"),
        "Slack": ("slack.com", "com.slack", "com.slack.android"),
        "Microsoft Teams": ("teams.microsoft.com", "statics.teams.cdn.office.net"),
        "Messenger": ("messenger.com", "com.facebook.orca"),
        "Signal": ("signal.org", "org.thoughtcrime.securesms"),
        "LINE": ("line.me",),
    },
    "assistant": {
        "ChatGPT": ("chatgpt.com", "chat.openai.com", "com.openai.chatgpt"),
        "Claude": ("claude.ai",),
        "Gemini": ("gemini.google.com",),
        "Copilot": ("copilot.microsoft.com",),
        "Perplexity": ("perplexity.ai",),
        "Mistral": ("chat.mistral.ai",),
    },
}
MEDIA: dict[str, Medium] = {name: medium for medium, sources in SOURCES.items() for name in sources}
_BY_HOST = {host: name for sources in SOURCES.values() for name, hosts in sources.items() for host in hosts}


@lru_cache(maxsize=20_000)
def source_of(host: str) -> str:
    """The name of the source with this referrer host, as `Google`; empty when it has none."""
    return next((_BY_HOST[name] for name in _names(host.lower()) if name in _BY_HOST), "")


def medium_of(source: str) -> Medium:
    """What kind of source this is."""
    return MEDIA.get(source, "")


def _names(host: str) -> Iterator[str]:
    """`host` and what is above it, the most particular first; each also with any ending of one or two parts."""
    labels = host.split(".")
    for start in range(len(labels)):
        yield ".".join(labels[start:])
        for ending in (1, 2):
            # `co.uk`, `com.br`: the part before a country is short.
            if start < len(labels) - ending and (ending == 1 or len(labels[-2]) <= 3):
                yield ".".join([*labels[start:-ending], "*"])
