"""Django's configuration of this app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Alerts. Their tables are the registry's."""

    name = "dss_web.alerts"
    label = "alerts"
    verbose_name = "Alerts"
