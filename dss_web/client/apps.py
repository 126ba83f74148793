"""The Django app of the client's commands."""

from django.apps import AppConfig


class ClientConfig(AppConfig):
    """Commands for clients of the API. It needs none of the service's settings and has no tables."""

    name = "dss_web.client"
    label = "client"
    verbose_name = "API client"
