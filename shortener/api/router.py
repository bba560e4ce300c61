"""The REST API, version 1: `/api/v1/`, described by `/api/v1/openapi.json`."""

from ninja import NinjaAPI, Swagger

from shortener.api.auth import ApiKeyAuth
from shortener.api.clicks import router as clicks
from shortener.api.links import router as links
from shortener.api.problems import install_handlers
from shortener.api.stats import router as stats

api = NinjaAPI(
    title="Shortener",
    version="1",
    description="Create short links, change them, and see how often they are followed.",
    auth=ApiKeyAuth(),
    docs=Swagger(),
    docs_url="/docs",
    openapi_url="/openapi.json",
    urls_namespace="api-v1",
)
api.add_router("/links", links)
api.add_router("", stats)
api.add_router("", clicks)
install_handlers(api)
