"""The environment variables this installation understands, typed, with defaults and one-line explanations.

`load()` reads them once and names every mistake at once. A variable `NAME` may also be given as `NAME_FILE`, the path
of a file that holds the value (Docker and systemd secrets). The table in README.md lists the same names;
`tests/config/test_env.py` fails when the two differ.
"""

import ipaddress
import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from config.sign_in import Provider
from shortener.infra.rate_plans import parse_plans

CommaSeparated = Annotated[tuple[str, ...], Field(default=())]


class ConfigError(Exception):
    """The environment cannot be used; the message names every mistake, one per line."""


class Environment(BaseModel):
    """What can be set from outside. Field names are the variables' names."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    ENVIRONMENT: Literal["local", "production"] = Field(
        "local", description="`production` refuses every convenience default"
    )
    DEBUG: bool = Field(False, description="Django's debug pages; refused in production")
    HOST: str = Field("127.0.0.1", description="Address the web server listens on")
    PORT: int = Field(8000, ge=1, le=65535, description="Port the web server listens on")
    BASE_URL: str = Field(
        "", description="Public address of the site, as `https://go.example.org`; default: from HOST and PORT"
    )
    DATA_DIR: Path = Field(Path(".data"), description="Embedded databases, generated secrets, spooled clicks")
    DATABASE_URL: str = Field("", description="PostgreSQL to use instead of the embedded one")
    PREPARED_STATEMENTS: bool = Field(
        True,
        description="What makes a link is planned once for each connection; `no` behind a pooler that gives every "
        "transaction another one and does not keep them (PgBouncer before 1.21)",
    )
    REDIS_URL: str = Field("", description="Redis or Valkey to use instead of the embedded one")
    SECRET_KEY: str = Field(
        "", description="Signs sessions and cookies; at least 32 characters; local runs generate it"
    )
    HASHIDS_SALT: str = Field(
        "", description="Shuffles generated slugs; at least 16 characters; local runs generate it"
    )
    ALLOWED_HOSTS: CommaSeparated = Field((), description="Further host names the site answers to, comma-separated")
    TRUSTED_PROXIES: CommaSeparated = Field(
        (), description="Networks whose `X-Forwarded-*` headers are believed, as `10.0.0.0/8`"
    )
    CORS_ORIGINS: CommaSeparated = Field(
        (), description="Origins whose pages may call the API, as `https://app.example.org`, or `*`; default: none"
    )
    ANONYMOUS_LINKS: bool | None = Field(
        None, description="Anybody may shorten on the front page; default: yes locally, no in production"
    )
    ANONYMOUS_NOTICE: bool = Field(False, description="Links made without an account say first where they lead")
    SIGNUP: Literal["open", "invite", "closed", ""] = Field(
        "",
        description="Who may create an account: anybody (`open`), people who were invited (`invite`) or nobody "
        "(`closed`); default: open locally, closed in production",
    )
    SIGN_IN_PROVIDERS: tuple[Provider, ...] = Field(
        (), description="Where people can sign in instead, as JSON; see “Accounts” above"
    )
    LANGUAGE: Literal["en-gb", "de"] = Field(
        "en-gb", description="Language of what is not said in the reader's own: pages of links, mail, other languages"
    )
    SITE_NAME: str = Field("", max_length=60, description="What the site calls itself; default: Shortener")
    SITE_LOGO: str = Field(
        "", description="Path of a picture (SVG, PNG, WebP, JPEG, ICO; at most 100 kB): logo and icon of the site"
    )
    ACCENT_COLOR: str = Field(
        "", description="Colour of buttons and links, as `#0b6b4a`; made lighter or darker where it could not be read"
    )
    ADMIN_EMAIL: str = Field("admin@localhost.localdomain", description="E-mail of the first admin")
    ADMIN_PASSWORD: str = Field("", description="Password of the first admin; default: generated and printed once")
    WEB_WORKERS: int = Field(
        min(4, os.cpu_count() or 1), ge=1, le=64, description="Web processes; default: one per core, up to 4"
    )
    WEB_THREADS: int = Field(8, ge=1, le=64, description="Threads for pages and API in each web process")
    INGEST_WORKERS: int = Field(1, ge=1, le=16, description="Processes that write clicks to PostgreSQL")
    FAST_PATH: bool = Field(True, description="Plain redirects are answered before the HTTP server's own machinery")
    SLUG_LENGTH: int = Field(6, ge=4, le=20, description="Shortest generated slug, characters")
    PERMANENT_MAX_AGE: int = Field(90, ge=0, le=86400, description="Seconds a browser may keep a 301 or 308")
    LINK_CACHE_ENTRIES: int = Field(100_000, ge=100, description="Redirects kept in the memory of each web process")
    LINK_CACHE_SECONDS: int = Field(
        300, ge=1, description="Seconds before a web process asks Redis again for a redirect"
    )
    REDIS_LINK_SECONDS: int = Field(86400, ge=60, description="Seconds a redirect stays in Redis")
    CLICK_TIMEOUT_MS: int = Field(
        50, ge=1, le=5000, description="Longest wait for Redis before a click goes to the local spool"
    )
    CLICK_STREAMS: int = Field(
        1, ge=1, le=64, description="Redis streams that clicks wait in; several spread over a cluster"
    )
    SPOOL_LIMIT_MB: int = Field(
        1024, ge=1, description="Disk that clicks may take while Redis is away; beyond it they are lost"
    )
    CLICK_RETENTION_DAYS: int = Field(
        400, ge=2, description="Days for which single clicks are kept; statistics are kept for ever"
    )
    LIVE_LISTENERS: int = Field(200, ge=0, description="Live click streams that a web process keeps open")
    GEOIP_DATABASE: str = Field(
        "", description="Path of an MMDB file with countries or cities; default: where `geoip update` puts it"
    )
    GEOIP_URL: str = Field(
        "", description="Where that file is downloaded, `.mmdb`, `.mmdb.gz` or `.tar.gz`; `%Y` and `%m` are the month"
    )
    GEOIP_ACCOUNT_ID: str = Field("", description="MaxMind account, to download from MaxMind instead")
    GEOIP_LICENSE_KEY: str = Field("", description="Its licence key")
    GEOIP_EDITION: str = Field("GeoLite2-City", description="Which of MaxMind's databases")
    COUNTRY_HEADER: str = Field(
        "", description="Header a trusted proxy sets to the visitor's country, as `CF-IPCountry`"
    )
    COUNT_TOOLS: bool = Field(
        True, description="curl, wget and programs' HTTP libraries count as clicks; `no` counts them as bots"
    )
    COUNT_ORPHANS: bool = Field(
        True, description="Visits of unknown slugs and of bare domains are counted, for each domain"
    )
    NO_TRACKING_PARAMETER: str = Field("notrack", description="Visits with this query parameter are not counted")
    RATE_PLANS: str = Field(
        "",
        description="Rate limits by plan, as JSON (see Rate limits); default: generous ones",
    )
    IMPORT_PRIVATE_HOSTS: bool = Field(False, description="Imports may ask shorteners at addresses that are not public")
    VALKEY_FSYNC: Literal["always", "everysec"] = Field(
        "always", description="When the embedded Valkey syncs its log; `everysec` can lose 2 s of clicks"
    )
    EMAIL_URL: str = Field("", description="SMTP server for mail, as `smtp://user:password@host:587`; default: printed")
    METRICS_TOKEN: str = Field(
        "",
        description="Bearer token of `/metrics`; default: open locally, closed in production",
    )
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least important log lines shown"
    )

    @field_validator("ALLOWED_HOSTS", "TRUSTED_PROXIES", "CORS_ORIGINS", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("SIGN_IN_PROVIDERS", mode="before")
    @classmethod
    def _json(cls, value: Any) -> Any:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError as error:
            raise _mistake(f"is not JSON: {error}") from error

    @field_validator("SIGN_IN_PROVIDERS")
    @classmethod
    def _each_once(cls, value: tuple[Provider, ...]) -> tuple[Provider, ...]:
        if len({provider.id for provider in value}) < len(value):
            raise _mistake("has an id twice")
        return value

    @field_validator("TRUSTED_PROXIES")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise _mistake(f"{network} is not a network such as 10.0.0.0/8") from error
        return value

    @field_validator("CORS_ORIGINS")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin != "*" and not re.fullmatch(r"https?://[^/?#\s]+", origin):
                raise _mistake(f"{origin} is not an origin such as https://app.example.org")
        return value

    @field_validator("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "BASE_URL", "GEOIP_URL")
    @classmethod
    def _urls(cls, value: str, info: Any) -> str:
        schemes = URL_SCHEMES[info.field_name]
        if value and urlsplit(value).scheme not in schemes:
            raise _mistake(f"must begin with {' or '.join(s + '://' for s in schemes)}")
        return value.rstrip("/") if info.field_name == "BASE_URL" else value

    @field_validator("SECRET_KEY", "HASHIDS_SALT", "METRICS_TOKEN")
    @classmethod
    def _long_enough(cls, value: str, info: Any) -> str:
        least = 32 if info.field_name == "SECRET_KEY" else 16
        if value and len(value) < least:
            raise _mistake(f"has {len(value)} characters, needs at least {least}")
        return value

    @field_validator("RATE_PLANS")
    @classmethod
    def _plans(cls, value: str) -> str:
        try:
            parse_plans(value)
        except ValueError as error:
            raise _mistake(str(error)) from error
        return value

    @field_validator("ADMIN_EMAIL")
    @classmethod
    def _address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            raise _mistake("is not an e-mail address")
        return value

    @field_validator("ACCENT_COLOR")
    @classmethod
    def _colour(cls, value: str) -> str:
        if value and not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise _mistake("is not a colour such as #0b6b4a")
        return value.lower()

    @field_validator("SITE_LOGO")
    @classmethod
    def _picture(cls, value: str) -> str:
        path = Path(value).expanduser()
        if value and not (path.is_file() and path.suffix.lower() in LOGO_SUFFIXES):
            raise _mistake(f"{value} is not the path of a file that ends in {', '.join(LOGO_SUFFIXES)}")
        if value and path.stat().st_size > LOGO_MOST:
            raise _mistake(f"{value} has {path.stat().st_size:,} bytes, and every page loads it: at most {LOGO_MOST:,}")
        return str(path.resolve()) if value else ""

    @property
    def base_url(self) -> str:
        """Public address without a trailing slash."""
        if self.BASE_URL:
            return self.BASE_URL
        host = "127.0.0.1" if self.HOST in {"0.0.0.0", "::", ""} else self.HOST  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.PORT}"

    @property
    def is_local(self) -> bool:
        """Whether convenience defaults hold."""
        return self.ENVIRONMENT == "local"


LOGO_SUFFIXES = (".svg", ".png", ".webp", ".jpg", ".jpeg", ".ico")
LOGO_MOST = 100_000  # bytes
URL_SCHEMES = {
    "DATABASE_URL": ("postgresql", "postgres"),
    "REDIS_URL": ("redis", "rediss", "unix"),
    "EMAIL_URL": ("smtp", "smtps"),
    "BASE_URL": ("https", "http"),
    "GEOIP_URL": ("https", "http"),
}


def load(environ: Mapping[str, str]) -> Environment:
    """Read and check `environ`. Raises `ConfigError` naming every mistake at once."""
    values, mistakes = _values(environ)
    wrong: dict[str, str] = {}
    try:
        environment = Environment.model_validate(values)
    except ValidationError as error:
        wrong = {str(detail["loc"][0]): str(detail["msg"]) for detail in error.errors()}
        mistakes += [f"{name}: {message}" for name, message in wrong.items()]
        # The rest is looked at as well: whoever mends one line should not meet the next one afterwards.
        right = {name: value for name, value in values.items() if name not in wrong}
        environment = Environment.model_validate(right)
    mistakes += _missing_in_production(environment, known=wrong)
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return environment


def _missing_in_production(environment: Environment, known: Collection[str]) -> list[str]:
    """What production insists on, but for names that are `known` to be wrong."""
    if environment.ENVIRONMENT != "production":
        return []
    needed = ("SECRET_KEY", "HASHIDS_SALT", "DATABASE_URL", "REDIS_URL", "BASE_URL")
    missing = [name for name in needed if not getattr(environment, name) and name not in known]
    mistakes = [f"{name}: is missing, and production has no default for it" for name in missing]
    mistakes += [
        f"SIGN_IN_PROVIDERS: the server_url of {provider.id} must begin with https:// in production"
        for provider in environment.SIGN_IN_PROVIDERS
        if provider.server_url.startswith("http:")
    ]
    if environment.DEBUG:
        mistakes.append("DEBUG: is on, and production never runs with it; remove it")
    return mistakes


def _mistake(message: str) -> PydanticCustomError:
    # Pydantic formats the template with braces: hand the words over as a value, so that they stay as they are.
    return PydanticCustomError("config", "{words}", {"words": message})


def _values(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What is set and not empty, with `NAME_FILE` read; and a line for each file that cannot be read."""
    values, mistakes = {}, []
    for name in Environment.model_fields:
        if path := environ.get(f"{name}_FILE"):
            try:
                values[name] = Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError) as error:
                mistakes.append(f"{name}_FILE: cannot read {path}: {error}")
        elif value := environ.get(name, "").strip():
            values[name] = value
    return values, mistakes
