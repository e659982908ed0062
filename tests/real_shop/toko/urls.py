"""Addresses: django-oscar at the root, pictures below /media/."""

from django.apps import apps
from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import TemplateView
from django.views.static import serve

urlpatterns = [
    path("i18n/", include("django.conf.urls.i18n")),
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
    path("bantuan/", TemplateView.as_view(template_name="toko/help.html"), name="help"),
    path("pesanan/<slug:number>/invoice/", TemplateView.as_view(template_name="toko/invoice.html")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]
