"""Addresses of accounts."""

from django.urls import path

from . import views

app_name = "accounts"

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("", views.account, name="account"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("<int:pk>/reset-password/", views.reset_password, name="reset_password"),
    path("history/<slug:app_label>/<slug:model_name>/<str:pk>/", views.history_page, name="history"),
]
