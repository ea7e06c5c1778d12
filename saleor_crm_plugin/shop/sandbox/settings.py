"""Django's settings for the demo shop and the tests. Nothing here is for production."""

import os

from .database import ENVIRONMENT, django_settings

SECRET_KEY = "sandbox-only"  # noqa: S105 - signs the links of a demo shop
DEBUG = False
ALLOWED_HOSTS = ["*"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "français"), ("pl", "polski")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "saleor_crm_plugin.shop.sandbox.urls"
INSTALLED_APPS = ["saleor_crm_plugin", "saleor_crm_plugin.shop.sandbox"]
DATABASES = {"default": django_settings(os.environ.get(ENVIRONMENT, "postgresql:///postgres"))}
DEFAULT_FROM_EMAIL = "shop@sandbox.example"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
CRM_SHOP = "saleor_crm_plugin.shop.sandbox.shop.SandboxShop"
CRM_GRAPHQL_HOST = "saleor_crm_plugin.graphql.demo.host.DEMO"
CRM_WEBHOOK_KEYS = "builtins.list"  # none: the demo shop sends no webhooks
CELERY_TASK_ALWAYS_EAGER = True
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {}
# graphql-core writes a traceback for every refusal; what is an error is logged where the answer is made.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "loggers": {"graphql.execution": {"handlers": ["none"], "propagate": False}},
}
