"""Addresses of the notice desk and the webhook desk, below the CMS."""

from django.urls import path

from storefront.notify import desk, webhook_desk

urlpatterns = [
    path("notices/", desk.notices, name="notice_desk"),
    path("notices/letters/", desk.letters, name="notice_letters"),
    path("notices/letters/<slug:template>/", desk.letter, name="notice_letter"),
    path("notices/letters/<slug:template>/<slug:language>.html", desk.sheet, name="notice_sheet"),
    path("notices/<int:notice>/again/", desk.again, name="notice_again"),
    path("webhooks/", webhook_desk.endpoints, name="webhook_desk"),
    path("webhooks/new/", webhook_desk.new, name="webhook_new"),
    path("webhooks/<int:endpoint>/", webhook_desk.endpoint, name="webhook_endpoint"),
    path("webhooks/<int:endpoint>/secret/", webhook_desk.secret, name="webhook_secret"),
    path("webhooks/<int:endpoint>/replay/", webhook_desk.since, name="webhook_since"),
    path("webhooks/delivery/<int:delivery>/again/", webhook_desk.again, name="webhook_again"),
]
