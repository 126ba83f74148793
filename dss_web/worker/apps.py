"""Django's configuration of this app."""

from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """Work behind requests."""

    name = "dss_web.worker"
    label = "worker"
    verbose_name = "Worker"
