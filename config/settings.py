"""Django's settings, derived from the environment (`config/env.py`)."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import ada_url

from config import env, local_secrets, sign_in
from shortener.infra.embedded.layout import layout_for
from shortener.infra.rate_plans import parse_plans

ROOT = Path(__file__).resolve().parent.parent
environment = env.load(os.environ)

# --- Where we run ------------------------------------------------------------------------------------------------
DEBUG = environment.DEBUG
HOST, PORT, BASE_URL = environment.HOST, environment.PORT, environment.base_url
DATA_DIR = environment.DATA_DIR.expanduser().resolve()
IS_LOCAL = environment.is_local
DEFAULT_DOMAIN = ada_url.URL(BASE_URL).host  # as browsers write it: no default port, punycode
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
SITE_HOSTS = [urlsplit(BASE_URL).hostname or "localhost", *environment.ALLOWED_HOSTS, *LOOPBACK_NAMES]
# The redirect application in front answers 421 to hosts that are not ours; which are, the table of domains says.
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
TRUSTED_PROXIES = environment.TRUSTED_PROXIES

# --- Secrets -----------------------------------------------------------------------------------------------------
_kept = {} if environment.SECRET_KEY and environment.HASHIDS_SALT else local_secrets.load_or_create(DATA_DIR)
SECRET_KEY = environment.SECRET_KEY or _kept["SECRET_KEY"]
HASHIDS_SALT = environment.HASHIDS_SALT or _kept["HASHIDS_SALT"]

# --- Stores ------------------------------------------------------------------------------------------------------
_embedded = layout_for(DATA_DIR)
EMBEDDED_POSTGRES, EMBEDDED_REDIS = not environment.DATABASE_URL, not environment.REDIS_URL
DATABASE_URL = environment.DATABASE_URL or _embedded.database_url
REDIS_URL = environment.REDIS_URL or _embedded.redis_url
VALKEY_FSYNC = environment.VALKEY_FSYNC


def _database(url: str) -> dict[str, object]:
    """Django's form of a libpq URL; what stands behind the question mark goes to libpq as it is."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", unquote(parts.hostname or ""))
    return {
        "ENGINE": "shortener.infra.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "app",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,  # seconds
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, **options},  # seconds; a database that is down is found out soon
        "TEST": {"NAME": "test_app"},
    }


DATABASES = {"default": _database(DATABASE_URL)}
PREPARED_STATEMENTS = environment.PREPARED_STATEMENTS
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "django",
        "OPTIONS": {
            "SOCKET_CONNECT_TIMEOUT": 1,  # seconds
            "SOCKET_TIMEOUT": 1,
            "IGNORE_EXCEPTIONS": True,  # a cache that is down is a miss, not an error page
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Links, redirects, clicks ------------------------------------------------------------------------------------
ANONYMOUS_LINKS = IS_LOCAL if environment.ANONYMOUS_LINKS is None else environment.ANONYMOUS_LINKS
ANONYMOUS_NOTICE = environment.ANONYMOUS_NOTICE
SIGNUP = environment.SIGNUP or ("open" if IS_LOCAL else "closed")
SITE_NAME, SITE_LOGO, ACCENT_COLOR = environment.SITE_NAME, environment.SITE_LOGO, environment.ACCENT_COLOR
COUNT_ORPHANS = environment.COUNT_ORPHANS
NO_TRACKING_PARAMETER = environment.NO_TRACKING_PARAMETER
SLUG_LENGTH = environment.SLUG_LENGTH
PERMANENT_MAX_AGE = environment.PERMANENT_MAX_AGE
LINK_CACHE_ENTRIES = environment.LINK_CACHE_ENTRIES
LINK_CACHE_SECONDS = environment.LINK_CACHE_SECONDS
REDIS_LINK_SECONDS = environment.REDIS_LINK_SECONDS
IMPORT_PRIVATE_HOSTS = environment.IMPORT_PRIVATE_HOSTS
CLICK_TIMEOUT_MS = environment.CLICK_TIMEOUT_MS
SPOOL_DIR = DATA_DIR / "spool"
SPOOL_LIMIT = environment.SPOOL_LIMIT_MB * 1_000_000  # bytes
CLICK_STREAMS = environment.CLICK_STREAMS
CLICK_RETENTION_DAYS = environment.CLICK_RETENTION_DAYS
LIVE_LISTENERS = environment.LIVE_LISTENERS
GEOIP_DATABASE = environment.GEOIP_DATABASE or str(DATA_DIR / "geoip.mmdb")
GEOIP_URL, GEOIP_EDITION = environment.GEOIP_URL, environment.GEOIP_EDITION
GEOIP_ACCOUNT_ID, GEOIP_LICENSE_KEY = environment.GEOIP_ACCOUNT_ID, environment.GEOIP_LICENSE_KEY
METRICS_TOKEN, METRICS_OPEN = environment.METRICS_TOKEN, IS_LOCAL and not environment.METRICS_TOKEN
METRICS_DIR = DATA_DIR / "metrics"
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # read when prometheus_client is imported
COUNT_TOOLS = environment.COUNT_TOOLS
COUNTRY_HEADER = environment.COUNTRY_HEADER.lower()
WEB_WORKERS, WEB_THREADS = environment.WEB_WORKERS, environment.WEB_THREADS
INGEST_WORKERS = environment.INGEST_WORKERS
ADMIN_EMAIL, ADMIN_PASSWORD = environment.ADMIN_EMAIL, environment.ADMIN_PASSWORD or None

DOMAINS_SECONDS = 1.0  # a process takes so long to hear of domains that another one has changed

# --- API ---------------------------------------------------------------------------------------------------------
API_KEY_SECONDS = 0.8  # a process remembers a key for so long; a key that is revoked ends everywhere within a second
RATE_PLANS = parse_plans(environment.RATE_PLANS)

# --- Django ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "shortener.web",  # first: its templates win over the admin's and allauth's
    "shortener.api",
    "shortener.notify",
    "shortener.redirects",
    "shortener.clicks",
    "shortener.links",
    "shortener.accounts",
    "shortener.infra",
    "ninja",  # its documentation page is served from its package
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    *sign_in.social_apps(environment.SIGN_IN_PROVIDERS),
    "corsheaders",
    "django_htmx",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # with padding of random length, against guesses at secrets (BREACH)
    "shortener.infra.middleware.ClientAddressMiddleware",
    "shortener.infra.middleware.ContentSecurityPolicyMiddleware",
    "shortener.api.middleware.ApiMiddleware",  # from here on, requests to the API go another way
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shortener.web.reader.ReaderMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "shortener.web.sessions.SessionActivityMiddleware",
    "shortener.web.leaving.LeavingMiddleware",
    "shortener.web.signed_out.SignedOutMiddleware",
    "shortener.web.impersonation.ImpersonationMiddleware",
]
API_MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "shortener.api.middleware.ExchangeMiddleware",
]
CORS_URLS_REGEX = "^/api/"
CORS_ALLOW_ALL_ORIGINS = "*" in environment.CORS_ORIGINS
CORS_ALLOWED_ORIGINS = [origin for origin in environment.CORS_ORIGINS if origin != "*"]
CORS_ALLOW_HEADERS = (
    "accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-request-id",
)  # fmt: skip
CORS_EXPOSE_HEADERS = (
    "ETag", "Link", "Location", "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After", "Deprecation", "Sunset",
    "Idempotency-Replayed", "Content-Disposition",
)  # fmt: skip
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shortener.web.context.installation",
            ]
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "shortener.infra.staticfiles.StaticFiles"},
}

LANGUAGE_CODE = environment.LANGUAGE
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME, LANGUAGE_COOKIE_AGE, LANGUAGE_COOKIE_SAMESITE = "language", 31_536_000, "Lax"  # seconds: a year
# Where translations are written, and where they are compiled to by `infra.translations`.
LOCALE_PATHS = [ROOT / "shortener/locale", DATA_DIR / "locale"]
USE_I18N, USE_TZ, TIME_ZONE = True, True, "UTC"

# --- Accounts ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "/app/", "/"
ACCOUNT_ADAPTER = "shortener.web.account_adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if environment.EMAIL_URL else "none"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before addresses and second factors are changed
ACCOUNT_EMAIL_NOTIFICATIONS = bool(environment.EMAIL_URL)  # of changes to the account, to its owner
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
USERSESSIONS_TRACK_ACTIVITY = True
MFA_ADAPTER = "shortener.web.account_adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # codes before and after: clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = IS_LOCAL
SOCIALACCOUNT_ADAPTER = "shortener.web.account_adapter.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = sign_in.social_settings(environment.SIGN_IN_PROVIDERS)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # an address that the provider has verified leads to the account that has it
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# --- Security ----------------------------------------------------------------------------------------------------
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
_https = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SECURE_HSTS_SECONDS = 31_536_000 if _https and not IS_LOCAL else 0  # a year
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # the reverse proxy owns the redirect to https
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bytes: 1 MiB bodies
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # the form of a link's rules has more than Django's thousand
FILE_UPLOAD_HANDLERS = [
    "shortener.infra.uploads.UploadLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Mail and logs -----------------------------------------------------------------------------------------------
if environment.EMAIL_URL:
    _mail = urlsplit(environment.EMAIL_URL)
    EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or 587
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = not EMAIL_USE_SSL and EMAIL_PORT != 25
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = f"shortener@{urlsplit(BASE_URL).hostname}"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.LOG_LEVEL},
    "loggers": {
        "procrastinate": {"level": "WARNING"},  # it tells of every job and every start
        # Whoever sends too much is told; a traceback for each would fill the disk in their place.
        "django.security.UploadTooLarge": {"level": "CRITICAL"},
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
    },
}
