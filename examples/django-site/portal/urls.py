from django.contrib.auth import views as auth
from django.urls import path, re_path

from usage import views
from usage.proxy import carbon

urlpatterns = [
    path("", views.analysis, name="analysis"),
    path("mine/", views.mine, name="mine"),
    path("whoami", views.whoami, name="whoami"),
    path("login/", auth.LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    re_path(r"^carbon/", carbon),
]
