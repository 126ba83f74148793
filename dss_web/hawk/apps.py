"""The Django app of HAWK clients."""

from django.apps import AppConfig


class HawkConfig(AppConfig):
    """Models, admin and commands for HAWK clients."""

    name = "dss_web.hawk"
    label = "hawk"
    verbose_name = "HAWK clients"
    default_auto_field = "django.db.models.BigAutoField"
