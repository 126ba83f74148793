"""The address of the page about mail, which every mail names."""

from django.urls import path

from dss_web.mail import views

urlpatterns = [path("upload/mail/", views.choice, name="mail-choice")]
