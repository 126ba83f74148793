"""Two people who do the same thing to one dataset at the same moment."""

import threading

import psycopg

from tests.parts.site import ADMINISTRATOR, UPLOADER, Site, id_in
from tests.parts.waiting import PATIENCE_SECONDS, wait_until

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_of_two_versions_that_are_confirmed_at_the_same_moment_one_is_loaded(site: Site) -> None:
    people = [site.login(UPLOADER), site.login(ADMINISTRATOR)]
    dataset = people[0].create_dataset()
    versions = [id_in(person.upload(dataset, "Name,Amount\nPens,1\n").url) for person in people]
    statuses: list[int] = []

    def confirm(number: int) -> None:
        statuses.append(people[number].post(f"{dataset}verify/{versions[number]}/").status_code)

    threads = [threading.Thread(target=confirm, args=[number]) for number in range(2)]
    with psycopg.connect(site.database_url) as holder:
        # Neither confirmation gets past its own version's row: whatever each looks at before, both look at first.
        holder.execute("SELECT FROM pipeline_data_file WHERE id = ANY (%s::uuid[]) FOR UPDATE", [versions])
        for thread in threads:
            thread.start()
        wait_until(lambda: site.sql(WAITING) == [(2,)], "both confirmations wait for a lock")
    for thread in threads:
        thread.join(PATIENCE_SECONDS)

    assert sorted(statuses) == [200, 409]
    states = site.sql("SELECT state FROM pipeline_data_file WHERE id = ANY (%s::uuid[])", versions)
    assert sorted(states) == [("uploaded",), ("verified",)]
