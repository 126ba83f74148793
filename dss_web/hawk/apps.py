from django.apps import AppConfig


class HawkConfig(AppConfig):
    name = "dss_web.hawk"
    label = "hawk"
    verbose_name = "HAWK clients"
    default_auto_field = "django.db.models.BigAutoField"
