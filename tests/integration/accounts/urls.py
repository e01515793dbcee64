"""The addresses of signing in, where the API mounts them."""

from django.urls import include, path

urlpatterns = [path("api/v1/auth/", include("allauth.headless.urls"))]
