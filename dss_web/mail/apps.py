"""Django's configuration of this app."""

from django.apps import AppConfig


class MailConfig(AppConfig):
    """What was mailed."""

    name = "dss_web.mail"
    label = "mail"
    verbose_name = "Mail"
    default_auto_field = "django.db.models.BigAutoField"
