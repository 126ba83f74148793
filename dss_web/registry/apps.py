"""The Django app of the tables that both halves use."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The registry of data files, and what else both halves write down."""

    name = "dss_web.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"
