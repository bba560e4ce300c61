"""The REST API, version 1: `/api/v1/`, described by `/api/v1/openapi.json`."""

from ninja import Swagger

from shortener.api.auth import api_key_auth
from shortener.api.bulk import router as bulk
from shortener.api.clicks import router as clicks
from shortener.api.conventions import conventions
from shortener.api.description import DescribedApi
from shortener.api.links import router as links
from shortener.api.pages import router as pages
from shortener.api.problems import install_handlers
from shortener.api.reading import StrictParser
from shortener.api.resources import ROUTERS
from shortener.api.stats import router as stats
from shortener.api.transfer import router as transfer
from shortener.api.writing import JsonRenderer


class Docs(Swagger):
    """The page that shows the document, in our frame."""

    template = "api/docs.html"


ABOUT = """
Create short links, change them, and see how often they are followed. The [guide](/developers) has examples to copy.

**Keys.** Every request carries `Authorization: Bearer KEY`. A key has scopes; each operation needs one of them.

**Errors** are problem details (RFC 9457). `code` is stable and [explained](/api/v1/errors), `errors` names every wrong
field by a JSON pointer. Fields and parameters that do not exist are errors too.

**Lists** come in pages: ask again with `cursor`, which is `next` of the page before; the `Link` header has the whole
address. `fields` cuts answers to a GET down.

**Repeating.** A POST with an `Idempotency-Key` is done once, however often it is sent within 24 hours.

**Changing.** What has an `ETag` is changed safely with `If-Match`: 412, and nothing is overwritten, when somebody else
was faster.

**Limits.** `RateLimit` says what is left; 429 says in `Retry-After` when to come back.
"""
TAGS = {
    "Links": "Make, find, change, delete and restore links, one or a thousand at once.",
    "Rules": "Other destinations for some visitors, and what a visitor would meet.",
    "QR codes": "The code of a link as a file.",
    "Statistics": "Clicks in any period, interval and time zone, by 17 dimensions.",
    "Clicks": "Single clicks: as a file, as they come in, and forgotten.",
    "Import and export": "All links as a file, and links from files and other shorteners.",
    "Tags": "Words that links are found by.",
    "Folders": "Where links lie.",
    "Campaign templates": "Campaign parameters under a name.",
    "Domains": "Hosts that links live under.",
    "Webhooks": "Addresses that want to hear of events.",
    "API keys": "What programs send. A key gives no more than it has.",
    "Members": "Who belongs to the workspace.",
    "Invitations": "Who is asked to.",
    "Workspace": "The workspace that the key belongs to, and what is left of its limits.",
    "Audit events": "Who changed what.",
}

api = DescribedApi(
    title="Shortener",
    version="1",
    description=ABOUT,
    openapi_extra={"tags": [{"name": name, "description": words} for name, words in TAGS.items()]},
    auth=api_key_auth,
    docs=Docs({"docExpansion": "list", "defaultModelsExpandDepth": 0, "persistAuthorization": True}),
    docs_url="/docs",
    openapi_url="/openapi.json",
    urls_namespace="api-v1",
    parser=StrictParser(),
    renderer=JsonRenderer(),
)
api.add_decorator(conventions, mode="view")
api.add_router("/links", bulk)
api.add_router("/links", links)
api.add_router("", stats)
api.add_router("", clicks)
api.add_router("", transfer)
for prefix, router in ROUTERS:
    api.add_router(prefix, router)
api.add_router("", pages)
install_handlers(api)
