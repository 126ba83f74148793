"""Serve the SSO stand-in: `SSO_HOME=… SSO_… python -m infra.local.sso [HOST:]PORT`, settings as in `settings`."""

import os
import sys


def main() -> None:
    """Migrate the stand-in's database, add the people and the web app, and serve until the process is stopped."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "infra.local.sso.settings"
    # Django's models can only be imported once its settings are known.
    import django  # noqa: PLC0415

    from infra.local.sso import settings  # noqa: PLC0415

    settings.HOME.mkdir(parents=True, exist_ok=True)
    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.core.servers.basehttp import run  # noqa: PLC0415
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415
    from oauth2_provider.models import Application  # noqa: PLC0415

    from infra.local.sso.people import PEOPLE  # noqa: PLC0415

    call_command("migrate", verbosity=0, skip_checks=True)
    for person in PEOPLE:
        User.objects.update_or_create(username=person.user_id, defaults={"email": person.email})
    Application.objects.update_or_create(
        client_id=settings.CLIENT_ID,
        defaults={
            "name": "Data Store Service",
            "client_secret": settings.CLIENT_SECRET,
            # Its hash costs 0.3 s of CPU at each login, and hides what whoever reads this database may know.
            "hash_client_secret": False,
            "client_type": Application.CLIENT_CONFIDENTIAL,
            "authorization_grant_type": Application.GRANT_AUTHORIZATION_CODE,
            "redirect_uris": f"{settings.WEB_URL}/login/authorised",
            "skip_authorization": True,
        },
    )
    host, _, port = sys.argv[1].rpartition(":")
    run(host or "127.0.0.1", int(port), get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main()
