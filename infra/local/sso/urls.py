"""The addresses of staff-sso that its clients use, and the page on which a person is chosen."""

from django.urls import path
from oauth2_provider.views import AuthorizationView, TokenView

from infra.local.sso import views

urlpatterns = [
    path("", views.home),
    path("login/", views.login),
    path("logout/", views.logout),
    path("o/authorize/", AuthorizationView.as_view()),
    path("o/token/", TokenView.as_view()),
    path("api/v1/user/me/", views.profile),
]
