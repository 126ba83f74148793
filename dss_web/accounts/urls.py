"""The login's addresses, without a final slash, as SSO has them registered."""

from django.urls import path

from dss_web.accounts import views

urlpatterns = [
    path("login", views.login, name="login"),
    path("login/authorised", views.login_authorised, name="login-authorised"),
    # In the place of the admin site's own form: people have no password here.
    path("admin/login/", views.admin_login),
    path("logout", views.logout, name="logout"),
]
