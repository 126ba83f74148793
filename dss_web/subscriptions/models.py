"""Who follows which datasets, which of their events were sent to them, and whose feeds have a secret address."""

import secrets

from django.db import models
from django.db.models.functions import Now

from dss_web.accounts.models import User
from dss_web.registry.fields import quoted
from dss_web.shared import contract


class Subscription(models.Model):
    """A person who gets mail about a dataset, or a program that gets messages about it at an address.

    It goes with the dataset, whoever deletes that (migration 0001).
    """

    dataset = models.TextField(help_text="organisation.dataset")
    # The migration makes the constraint itself: with ON DELETE CASCADE, since the release before deletes people, too.
    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, db_constraint=False)
    url = models.TextField(blank=True, db_default="", help_text="The address of a program; empty for a person")
    secret = models.TextField(blank=True, db_default="", help_text="Signs what is sent there; encrypted")
    made_by = models.TextField(blank=True, db_default="", help_text="Email of who has entered the address")
    followed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = quoted(contract.SUBSCRIPTION)
        ordering = ("dataset", "id")
        constraints = [
            models.UniqueConstraint(name="subscription_once", fields=["dataset", "person"]),
            models.UniqueConstraint(
                name="subscription_address_once", fields=["dataset", "url"], condition=~models.Q(url="")
            ),
            models.CheckConstraint(
                name="subscription_to_one",
                condition=models.Q(person=None, url__gt="") | models.Q(person__isnull=False, url=""),
            ),
        ]

    def __str__(self) -> str:
        return f"subscription {self.pk} to {self.dataset}"


class SubscriptionMessage(models.Model):
    """A message to a subscriber about an event: due, sent, or not to be sent. One for each event, whoever looks."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, db_constraint=False)
    # No foreign key: retention removes events, and the letters about them with their own pace.
    event_id = models.BigIntegerField(help_text="Of operations.dataset_event")
    noticed_at = models.DateTimeField(db_default=Now())
    attempts = models.IntegerField(db_default=0)
    next_attempt_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it was sent, or it was decided not to")
    outcome = models.TextField(blank=True, db_default="")

    class Meta:
        db_table = quoted(contract.SUBSCRIPTION_MESSAGE)
        constraints = [models.UniqueConstraint(name="subscription_message_once", fields=["subscription", "event_id"])]
        indexes = [
            models.Index(
                name="subscription_message_due", fields=["next_attempt_at"], condition=models.Q(settled_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"message to subscription {self.subscription_id} about event {self.event_id}"


def new_number() -> str:
    """A number that nobody guesses."""
    return secrets.token_hex(16)


class FeedAddress(models.Model):
    """The number in the signed key of a person's feeds: a new one ends the old address."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    number = models.TextField(default=new_number)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = 'operations"."feed_address'

    def __str__(self) -> str:
        return f"the feeds of {self.person_id}"
