"""Django's configuration of this app."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """The label is recorded with each migration, so it stays."""

    name = "dss_web.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"
