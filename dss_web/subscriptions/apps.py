"""Django's configuration of this app."""

from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    """Who follows which datasets, and what was sent to them."""

    name = "dss_web.subscriptions"
    label = "subscriptions"
    verbose_name = "Subscriptions"
    default_auto_field = "django.db.models.BigAutoField"
