"""The Celery application of a site whose tasks Celery runs."""

from celery import Celery

app = Celery("site")
app.config_from_object("django.conf:settings", namespace="CELERY")
