"""`manage.py let_in_administrator`: let an administrator in, where nobody in the browser can."""

from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import transaction

from dss_web.accounts.models import User
from dss_web.accounts.profiles import set_administrator
from dss_web.operator_command import OperatorCommand


class Command(OperatorCommand):
    """Makes a person an administrator whatever SSO says, and no longer barred; or ends that."""

    help = (
        "Let a person in as an administrator: whatever their access profiles at SSO say, and if they were barred. "
        "They must have signed in once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("person", help="the person's email address, or their user_id at SSO")
        parser.add_argument("--end", action="store_true", help="from now on SSO decides again whether they are one")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        name = options["person"].strip()
        people = User.objects.select_for_update()
        found = list(people.filter(email__iexact=name)) or list(people.filter(user_id=name))
        if not found:
            raise CommandError(
                f"Nobody with the email address or user_id {name!r} has signed in yet. Let them sign in at the web app "
                "once: they see a page that says that they have no access. Then run this command again"
            )
        if len(found) > 1:
            people_of_email = "\n".join(
                f"  {person.user_id}: last signed in {person.last_login:%Y-%m-%d}"
                if person.last_login
                else f"  {person.user_id}: never signed in"
                for person in found
            )
            raise CommandError(f"{len(found)} people have had this email address. Give a user_id:\n{people_of_email}")
        (person,) = found
        person.is_let_in = not options["end"]
        if not options["end"]:
            person.is_active = True
        set_administrator(person)
        person.save(update_fields=["is_let_in", "is_active", "is_staff", "is_superuser"])
        self.stdout.write(f"{person.email or person.user_id} is {person.role.name.lower()} now")
