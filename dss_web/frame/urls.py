"""The URLs of the pages about the service."""

from django.urls import path

from dss_web.frame import views

urlpatterns = [
    path("accessibility/", views.accessibility, name="accessibility"),
    path("privacy/", views.privacy, name="privacy"),
    path("cookies/", views.show_cookies, name="cookies"),
]
