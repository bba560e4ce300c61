"""The application that gunicorn serves: redirects in front, Django behind them in a bounded thread pool."""

from typing import Any, cast

from django.conf import settings

from config.wsgi import application as django
from shortener.clicks.listeners import LiveStreams
from shortener.infra.bridge import WsgiBridge
from shortener.infra.postgres.watching import watch
from shortener.infra.stores import async_redis_client, postgres_parameters
from shortener.links.slugs import reserved_words
from shortener.redirects.app import AsgiApp, RedirectApp
from shortener.redirects.pages import load_pages
from shortener.redirects.runtime import RuntimeOptions

watch.is_on = True
site: AsgiApp = WsgiBridge(cast(Any, django), settings.WEB_THREADS)
live = LiveStreams(site, async_redis_client, most=settings.LIVE_LISTENERS)
application = RedirectApp(
    live,
    reserved_words(),
    RuntimeOptions(
        pages=load_pages,
        redis_client=async_redis_client,
        postgres_parameters=postgres_parameters,
        spool_dir=settings.SPOOL_DIR,
        cache_entries=settings.LINK_CACHE_ENTRIES,
        cache_seconds=settings.LINK_CACHE_SECONDS,
        redis_seconds=settings.REDIS_LINK_SECONDS,
        permanent_max_age=settings.PERMANENT_MAX_AGE,
        click_timeout=settings.CLICK_TIMEOUT_MS / 1000,
        click_streams=settings.CLICK_STREAMS,
        spool_limit=settings.SPOOL_LIMIT,
        secret=settings.SECRET_KEY.encode(),
        hosts=tuple(settings.SITE_HOSTS),
        trusted_proxies=settings.TRUSTED_PROXIES,
        country_header=settings.COUNTRY_HEADER,
        geoip_database=settings.GEOIP_DATABASE,
        tools_are_bots=not settings.COUNT_TOOLS,
        count_orphans=settings.COUNT_ORPHANS,
        no_tracking=settings.NO_TRACKING_PARAMETER,
        metrics_dir=settings.METRICS_DIR,
        before_shutdown=live.close,
    ),
)
