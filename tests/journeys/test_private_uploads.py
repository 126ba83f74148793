"""Nothing that stands in an uploaded file is in Dagster's events, which its UI shows without a login."""

import pytest
from dagster import serialize_value

from tests.journeys.confirmed import confirm, upload_row
from tests.journeys.world import World

UPLOADS = "uploads__files"
PERSON = "Erika Mustermann"


def events(world: World) -> str:
    """Everything that the UI could show of all runs."""
    return "\n".join(
        serialize_value(entry) for run in world.instance.get_runs() for entry in world.instance.all_logs(run.run_id)
    )


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (f"name,amount,since\n{PERSON},1,\n", "processing_dataflow"),
        (f"name,amount,since\nPens,{PERSON},\n", "failed"),
        (f"name,amount,since\nPens,1,,{PERSON}\n", "failed"),
    ],
    ids=["loaded", "a value that does not fit", "a line that is too long"],
)
def test_no_value_of_an_upload_is_in_an_event(content: str, state: str, world: World) -> None:
    upload_id = confirm(world, content.encode())

    world.look(UPLOADS)

    assert upload_row(world, upload_id)["state"] == state
    shown = events(world)
    assert upload_id in shown
    assert PERSON not in shown
    assert "example.gov.uk" not in shown


def test_an_operator_is_led_to_the_reason_behind_a_login(world: World) -> None:
    upload_id = confirm(world, f"name,amount,since\nPens,{PERSON},\n".encode())

    world.look(UPLOADS)

    reason = world.observed("uploads", "L0")[f"finance.budget:{upload_id}"]
    assert f"/admin/registry/datafile/?source=finance.budget&q={upload_id}" in reason
