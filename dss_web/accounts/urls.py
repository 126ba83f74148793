"""The URLs of the login. They end without a slash, as they are registered at SSO."""

from django.urls import path

from dss_web.accounts import views

urlpatterns = [
    path("login", views.login, name="login"),
    path("login/authorised", views.login_authorised, name="login-authorised"),
    # Replaces the admin site's own form, as people have no password here.
    path("admin/login/", views.admin_login),
    # Replaces the admin site's own, which leaves the person logged in at SSO.
    path("admin/logout/", views.admin_logout),
    path("logout", views.logout, name="logout"),
]
