"""The Django app of the upload pages."""

from django.apps import AppConfig


class UploadsConfig(AppConfig):
    """The upload pages, and what they do. Their tables are those of `dss_web.registry`."""

    name = "dss_web.uploads"
    label = "uploads"
    verbose_name = "Uploads"
