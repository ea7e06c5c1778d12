"""The demo shop's addresses: its few pages, its pictures, its API, and the plugin's own below ``/plugins/``."""

from django.urls import path

from . import views

urlpatterns = [
    path("cart", views.cart),
    path("products/<slug:slug>", views.product),
    path("media/<slug:slug>.png", views.media),
    path("graphql/", views.graphql),
    path("plugins/<str:plugin_id>/<path:path>", views.plugin),
]
