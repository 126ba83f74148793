from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "dss_web.uploads"
    label = "uploads"
    verbose_name = "Uploads"
