"""The people who have logged in."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models


class User(AbstractBaseUser, PermissionsMixin):
    """A person, with the fields that their profile at SSO had at their last login."""

    user_id = models.TextField(unique=True, help_text="The person's user_id at SSO, a UUID; an email may change")
    email = models.TextField(blank=True)
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    access_profiles = ArrayField(models.TextField(), default=list, blank=True)
    is_staff = models.BooleanField("administrator", default=False)
    is_active = models.BooleanField("may log in", default=True)
    date_joined = models.DateTimeField("first login", auto_now_add=True)

    USERNAME_FIELD = "user_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = BaseUserManager["User"]()

    class Meta:
        ordering = ("email",)
        verbose_name = "person"
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.email or self.user_id

    def get_full_name(self) -> str:
        """First and last name, or the email if SSO has neither."""
        return f"{self.first_name} {self.last_name}".strip() or self.email

    def get_short_name(self) -> str:
        """First name, or the email."""
        return self.first_name or self.email

    @property
    def may_upload(self) -> bool:
        """Whether the person may use the upload pages: administrators and people with the uploader's access profile."""
        return self.is_superuser or settings.DSS.dss_uploader_access_profile in self.access_profiles
