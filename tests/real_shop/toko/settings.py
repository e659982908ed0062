"""Settings: django-oscar's defaults, Indonesian money, guest checkout, two forked apps, one search engine."""

import os
from pathlib import Path

import oscar
from oscar.defaults import *  # noqa: F403 - django-oscar's manual asks for exactly this line

HERE = Path(__file__).parent
STATES_OPERATOR = os.environ.get("TOKO_STATES_OPERATOR") == "1"  # says who runs it, as the rules ask
STORE_DIR = Path(os.environ["TOKO_STORE_DIR"])  # holds this run's database, pictures and search index

FORKED_APPS = {
    "oscar.apps.checkout.apps.CheckoutConfig": "toko.checkout.apps.CheckoutConfig",
    "oscar.apps.shipping.apps.ShippingConfig": "toko.shipping.apps.ShippingConfig",
}
INSTALLED_APPS = [FORKED_APPS.get(app, app) for app in oscar.INSTALLED_APPS] + ["sorl.thumbnail"]

SITE_ID = 1
DEBUG = False
SECRET_KEY = "a throw-away shop on loopback"
ALLOWED_HOSTS = ["toko-oscar.test", "www.tokopedia.com", "testserver"]
ROOT_URLCONF = "toko.urls"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": STORE_DIR / "db.sqlite3",
        "ATOMIC_REQUESTS": True,
        "OPTIONS": {
            # Two requests of one page may write at once: take the write lock at once and wait for it.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Nothing here outlives its run: no answer waits for a disk still busy with the set-up.
            "init_command": "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY",
        },
    }
}
HAYSTACK_CONNECTIONS = {
    "default": {"ENGINE": "haystack.backends.whoosh_backend.WhooshEngine", "PATH": str(STORE_DIR / "index")}
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
AUTHENTICATION_BACKENDS = [
    "oscar.apps.customer.auth_backends.EmailBackend",
    "django.contrib.auth.backends.ModelBackend",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.apps.communication.notifications.context_processors.notifications",
                "oscar.core.context_processors.metadata",
                "toko.operator.context",
            ]
        },
    }
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = STORE_DIR / "media"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True

OSCAR_SHOP_NAME = "Toko Nusantara"
OSCAR_SHOP_TAGLINE = "Kerajinan, kopi, dan kebutuhan rumah"
OSCAR_DEFAULT_CURRENCY = "IDR"
OSCAR_CURRENCY_FORMAT = {"IDR": {"format": "¤#,##0", "locale": "id_ID", "currency_digits": False}}
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_BASKET_COOKIE_SECURE = OSCAR_RECENTLY_VIEWED_COOKIE_SECURE = True
# The forked shipping app keeps django-oscar's own tables.
MIGRATION_MODULES = {"shipping": "oscar.apps.shipping.migrations"}
