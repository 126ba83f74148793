"""The addresses for files that come in parts."""

from django.urls import path

from dss_web.arrivals import views

urlpatterns = [
    path("upload/data/<slug:slug>/arriving/", views.begin, name="begin-upload"),
    path("upload/data/<slug:slug>/arriving/<uuid:arrival_id>/", views.arrival, name="arriving"),
    path("upload/data/<slug:slug>/arriving/<uuid:arrival_id>/parts/<int:number>/", views.part, name="arriving-part"),
    path("upload/data/<slug:slug>/arriving/<uuid:arrival_id>/complete/", views.complete, name="complete-upload"),
]
