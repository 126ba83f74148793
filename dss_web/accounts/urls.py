"""The URLs of the login, which end without a slash, as they are registered at SSO, and of the Dagster UI's."""

from django.urls import path

from dss_web.accounts import dagster_access, views

urlpatterns = [
    path("login", views.login, name="login"),
    path("login/authorised", views.login_authorised, name="login-authorised"),
    # Replaces the admin site's own form, as people have no password here.
    path("admin/login/", views.admin_login),
    # Replaces the admin site's own, which leaves the person logged in at SSO.
    path("admin/logout/", views.admin_logout),
    # What the proxy in front of the Dagster UI asks, and what it shows to those who may not see it.
    path("operations/authorise/", dagster_access.authorise, name="authorise"),
    path("operations/refused/", dagster_access.refused, name="no-dagster-ui"),
    path("logout", views.logout, name="logout"),
]
