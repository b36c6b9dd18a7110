from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import Sum
from django.db.models.functions import TruncDate
from django.http import HttpResponse
from django.shortcuts import render

from .models import AdaCarbonHours, WorkspaceSession


def analysis(request):
    """The Analysis page as a part of one of ours."""
    return render(request, "usage/analysis.html", {"site": settings.CARBON_SITE})


@login_required
def mine(request):
    """Days and machines of the user who has signed in, from the tables."""
    name = request.user.get_username()
    hours = AdaCarbonHours.objects.filter(kind="user", name=name)
    days = (
        hours.annotate(day=TruncDate("timestamp_utc"))
        .values("day")
        .annotate(
            busy_kwh=Sum("busy_kwh"),
            idle_kwh=Sum("idle_kwh"),
            busy_gco2eq=Sum("busy_gco2eq"),
            idle_gco2eq=Sum("idle_gco2eq"),
        )
        .order_by("-day")[:31]
    )
    machines = (
        WorkspaceSession.objects.filter(user__ext_user_id=name)
        .select_related("detail__instance")
        .order_by("-started_at")[:100]
    )
    return render(request, "usage/mine.html", {"days": days, "machines": machines})


def whoami(request):
    """For nginx's auth_request: names the user who has signed in, and lets everybody through."""
    reply = HttpResponse(status=204)
    if request.user.is_authenticated:
        reply["X-Remote-User"] = request.user.get_username()
    return reply
