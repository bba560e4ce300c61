"""The developer guide's examples: each thing to do, in curl, Python and JavaScript. Tests run all of them."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

LANGUAGES = {"curl": "curl", "python": "Python", "javascript": "JavaScript"}
KEY = "YOUR_API_KEY"  # what the reader puts their own in place of

PYTHON = """
from shortener.client import Client

with Client("{site}", "{key}") as client:
{code}
"""
JAVASCRIPT = """
const api = async (path, options = {{}}) => {{
  const answer = await fetch("{site}/api/v1" + path, {{
    ...options,
    headers: {{ Authorization: "Bearer {key}", "Content-Type": "application/json", ...options.headers }},
  }});
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.detail);
  return body;
}};

{code}
"""


@dataclass(frozen=True)
class Example:
    """One thing to do, and how."""

    name: str
    title: object
    about: object
    curl: str
    python: str
    javascript: str

    def written(self, site: str, key: str) -> Iterator[tuple[str, str, str]]:
        """Code, name and title of each language, for `site` and `key`."""
        places = {"site": site, "key": key}
        python = "\n".join(f"    {line}" for line in self.python.strip().splitlines())
        code = {
            "curl": self.curl.strip().replace("{site}", site).replace("{key}", key),
            "python": PYTHON.format(code=python, **places).strip(),
            "javascript": JAVASCRIPT.format(code=self.javascript.strip(), **places)
            .strip()
            .replace("{site}", site)
            .replace("{key}", key),
        }
        for name, title in LANGUAGES.items():
            yield code[name], name, title


EXAMPLES = (
    Example(
        "create",
        _("Make a link"),
        _("Only the address is needed. With an Idempotency-Key it is safe to send it again; our client adds one."),
        """
curl -X POST {site}/api/v1/links \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: order-1042" \\
  -d '{"url": "https://example.com/a/long/page", "title": "A page", "tags": ["demo"]}'
""",
        """
link = client.create("https://example.com/a/long/page", title="A page", tags=["demo"])
print(link.short_url)
""",
        """
const link = await api("/links", {
  method: "POST",
  headers: { "Idempotency-Key": "order-1043" },
  body: JSON.stringify({ url: "https://example.com/a/long/page", title: "A page", tags: ["demo"] }),
});
console.log(link.short_url);
""",
    ),
    Example(
        "list",
        _("Find links"),
        _("Pages follow one another by “next”. Search, filter and choose fields in the query."),
        """
curl -G {site}/api/v1/links \\
  -H "Authorization: Bearer {key}" \\
  -d q=page -d tag=demo -d limit=10 -d fields=id,short_url,url
""",
        """
for link in client.links(q="page", tag="demo"):
    print(link.short_url, link.url)
""",
        """
let page = await api("/links?q=page&tag=demo");
for (const link of page.data) console.log(link.short_url, link.url);
while (page.next) {
  page = await api(`/links?q=page&tag=demo&cursor=${encodeURIComponent(page.next)}`);
  for (const link of page.data) console.log(link.short_url, link.url);
}
""",
    ),
    Example(
        "stats",
        _("Read statistics"),
        _("Any range, interval and time zone, filtered by any dimension. Clicks are those of people."),
        """
curl -G {site}/api/v1/stats \\
  -H "Authorization: Bearer {key}" \\
  -d days=30 -d interval=day -d time_zone=Europe/Berlin
""",
        """
stats = client.stats(days=30, interval="day", time_zone="Europe/Berlin")
print(stats.totals.clicks, "clicks")
for point in stats.series:
    print(point.start, point.clicks)
""",
        """
const stats = await api("/stats?days=30&interval=day&time_zone=Europe/Berlin");
console.log(stats.totals.clicks, "clicks");
for (const point of stats.series) console.log(point.start, point.clicks);
""",
    ),
    Example(
        "change",
        _("Change a link safely"),
        _("Send the ETag that you have seen: when somebody else was faster you get 412, and nothing is overwritten."),
        """
LINK=$(curl -s -X POST {site}/api/v1/links -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" -d '{"url": "https://example.com/old"}' | sed 's/.*"id": *"\\([^"]*\\)".*/\\1/')
ETAG=$(curl -s -D - -o /dev/null {site}/api/v1/links/$LINK -H "Authorization: Bearer {key}" \\
  | tr -d '\\r' | sed -n 's/^[Ee][Tt]ag: //p')
curl -X PATCH {site}/api/v1/links/$LINK \\
  -H "Authorization: Bearer {key}" -H "If-Match: $ETAG" \\
  -H "Content-Type: application/json" -d '{"url": "https://example.com/new"}'
""",
        """
link = client.create("https://example.com/old")
changed = client.update(link, url="https://example.com/new")  # raises Changed where somebody else was faster
print(changed.url)
""",
        """
const made = await api("/links", { method: "POST", body: JSON.stringify({ url: "https://example.com/old" }) });
const seen = await fetch("{site}/api/v1/links/" + made.id, { headers: { Authorization: "Bearer {key}" } });
const changed = await api("/links/" + made.id, {
  method: "PATCH",
  headers: { "If-Match": seen.headers.get("ETag") },
  body: JSON.stringify({ url: "https://example.com/new" }),
});
console.log(changed.url);
""",
    ),
)
