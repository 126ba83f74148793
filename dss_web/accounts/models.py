"""The people who have logged in, and whose each dataset is."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from dss_web.accounts.roles import Role, dagster_role_at_sso, groups_of, role_at_sso
from dss_web.registry.models import UploadPipeline
from dss_web.shared.dagster_pass import DagsterRole


class User(AbstractBaseUser, PermissionsMixin):
    """A person, with the fields that their profile at SSO had when it was last read."""

    user_id = models.TextField(unique=True, help_text="The person's user_id at SSO, a UUID; an email may change")
    email = models.TextField(blank=True)
    first_name = models.TextField(blank=True)
    last_name = models.TextField(blank=True)
    access_profiles = ArrayField(models.TextField(), default=list, blank=True)
    applications = ArrayField(
        models.TextField(), default=list, db_default=[], blank=True, help_text="Keys of permitted applications at SSO"
    )
    is_staff = models.BooleanField("administrator", default=False)
    is_let_in = models.BooleanField(
        "let in by command",
        default=False,
        db_default=False,
        help_text="An administrator whatever SSO says: the command let_in_administrator decides",
    )
    is_active = models.BooleanField("may log in", default=True)
    wants_mail = models.BooleanField("gets mail about uploads", default=True, db_default=True)
    date_joined = models.DateTimeField("first login", auto_now_add=True)
    profile_asked_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When SSO was last asked for the profile"
    )
    profile_read_at = models.DateTimeField("profile read", null=True, blank=True)

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
    def role(self) -> Role:
        """What the person may do in the whole service."""
        return Role.ADMINISTRATOR if self.is_superuser else role_at_sso(self.access_profiles, self.applications)

    @property
    def groups_at_sso(self) -> set[str]:
        """The groups at SSO in which the person is, as grants name them."""
        return groups_of(self.access_profiles, self.applications)

    @property
    def dagster_role(self) -> DagsterRole:
        """What the person may do in the Dagster UI."""
        if self.role == Role.ADMINISTRATOR:
            return DagsterRole.OPERATOR
        return dagster_role_at_sso(self.access_profiles, self.applications)

    @property
    def may_come_in(self) -> bool:
        """Whether the person may see datasets."""
        return self.role >= Role.READER

    @property
    def may_upload(self) -> bool:
        """Whether the person may create datasets, and upload to those that are theirs or nobody's."""
        return self.role >= Role.UPLOADER


class MemberRole(models.TextChoices):
    """What somebody is to a dataset: owners may also decide who else is."""

    OWNER = "owner"
    UPLOADER = "uploader"


class DatasetMember(models.Model):
    """Somebody whose a dataset is, named by their email: `person` is empty until they log in for the first time.

    It goes with the dataset, whoever deletes that: the database sees to it (migration 0002).
    """

    pipeline = models.ForeignKey(UploadPipeline, on_delete=models.CASCADE, related_name="members", db_constraint=False)
    email = models.TextField(help_text="In lower case")
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    role = models.TextField(choices=MemberRole.choices)
    given_by = models.TextField(blank=True, help_text="Email")
    given_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = 'operations"."dataset_member'
        ordering = ("role", "email")
        verbose_name = "dataset member"
        constraints = [
            models.UniqueConstraint(name="dataset_member_email", fields=["pipeline", "email"]),
            models.CheckConstraint(name="dataset_member_role", condition=models.Q(role__in=MemberRole.values)),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.role} of {self.pipeline}"
