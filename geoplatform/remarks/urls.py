"""Addresses of remarks: the form of a place, a remark's own page by its number, and the staff's queue below /hub/."""

from django.urls import path

from geoplatform.remarks.views import public, queue

app_name = "remarks"

urlpatterns = [
    path("map/<str:layer>/<str:feature>/remark/", public.new, name="new"),
    path("remarks/challenge/", public.challenge, name="challenge"),
    path("remarks/", public.look_up, name="look_up"),
    path("remarks/<str:reference>/", public.status, name="status"),
    path("hub/remarks/", queue.queue, name="queue"),
    path("hub/remarks/<int:number>/", queue.decide, name="decide"),
]
