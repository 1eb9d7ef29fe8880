"""Addresses of accounts."""

from django.urls import path

from . import views, views_people

app_name = "accounts"

urlpatterns = [
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("", views.account, name="account"),
    path("password/", views.PasswordView.as_view(), name="password"),
    path("people/", views_people.people_page, name="people"),
    path("people/new/", views_people.person_new, name="person_new"),
    path("people/<int:pk>/", views_people.person_page, name="person"),
    path("people/<int:pk>/state/", views_people.person_state, name="person_state"),
    path("people/<int:pk>/unlock/", views_people.person_unlock, name="person_unlock"),
    path("offices/", views_people.offices_page, name="offices"),
    path("offices/new/", views_people.office_page, name="office_new"),
    path("offices/<int:pk>/", views_people.office_page, name="office"),
    path("<int:pk>/reset-password/", views.reset_password, name="reset_password"),
    path("history/<slug:app_label>/<slug:model_name>/<str:pk>/", views.history_page, name="history"),
]
