"""Settings of the example. What differs between machines comes from the environment."""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLDER = Path(__file__).resolve().parent.parent

# The example runs without a key of its own; a site that people use must have one.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "only for the example")
DEBUG = os.environ.get("DJANGO_DEBUG", "1") == "1"
ALLOWED_HOSTS = os.environ.get("DJANGO_ALLOWED_HOSTS", "127.0.0.1,localhost").split(",")

# Where `ada-carbon serve --base-path /carbon` listens, without the base path.
CARBON_SERVICE = os.environ.get("CARBON_SERVICE", "http://127.0.0.1:8080")
# The site whose page is shown.
CARBON_SITE = os.environ.get("CARBON_SITE", "isis")

carbon = urlsplit(os.environ.get("CARBON_DATABASE_URL", "postgres://reader@127.0.0.1:5432/carbon"))
DATABASES = {
    # Django's own tables: users, sessions.
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DJANGO_DATABASE", FOLDER / "db.sqlite3"),
    },
    # The tables of ada-carbon, which Django only reads. A role that may only SELECT will do.
    "carbon": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": carbon.path.lstrip("/"),
        "USER": unquote(carbon.username or ""),
        "PASSWORD": unquote(carbon.password or ""),
        "HOST": carbon.hostname,
        "PORT": carbon.port or 5432,
        "OPTIONS": {"options": "-c default_transaction_read_only=on"},
    },
}
DATABASE_ROUTERS = ["usage.router.CarbonRouter"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "usage",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ],
        },
    },
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
STATIC_URL = "static/"
USE_TZ = True
TIME_ZONE = "Europe/London"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "analysis"
LOGOUT_REDIRECT_URL = "analysis"
