"""The URLs of all operations, below api/v1/ of the site."""

from typing import Final

from django.urls import URLPattern, URLResolver

from dss_web.api.named_urls import NamedRoutes
from dss_web.api.ninja_api import build_api, patterns_of
from dss_web.api.operations import OPERATIONS

api: Final = build_api(OPERATIONS, "api")

urlpatterns: list[URLPattern | URLResolver] = [*patterns_of(api, OPERATIONS), NamedRoutes()]
