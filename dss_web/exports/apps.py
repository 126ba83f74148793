"""The Django app of exports."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """The table of receipts."""

    name = "dss_web.exports"
    label = "exports"
    verbose_name = "Exports"
    default_auto_field = "django.db.models.BigAutoField"
