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

api = DescribedApi(
    title="Shortener",
    version="1",
    description="Create short links, change them, and see how often they are followed.",
    auth=api_key_auth,
    docs=Swagger(),
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
