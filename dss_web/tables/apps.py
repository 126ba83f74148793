from django.apps import AppConfig


class TablesConfig(AppConfig):
    name = "dss_web.tables"
    verbose_name = "Tables"
