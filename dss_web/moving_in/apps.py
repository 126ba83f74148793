"""The Django app of the import from the Flask service: its command."""

from django.apps import AppConfig


class MovingInConfig(AppConfig):
    """The command that imports the Flask service."""

    name = "dss_web.moving_in"
    label = "moving_in"
    verbose_name = "Moving in"
