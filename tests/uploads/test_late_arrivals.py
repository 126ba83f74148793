"""What comes later than it was waited for is noticed all the same."""

from tests.parts.site import UPLOADER, Site, id_in

# As the sensor does with a file that has not arrived in time.
GIVEN_UP = """
    CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE pipeline_data_file SET state = 'failed', error_message = 'Interrupted.' WHERE id = NEW.id;
        RETURN NULL;
    END
    $$;
    CREATE TRIGGER give_up AFTER INSERT ON pipeline_data_file FOR EACH ROW
    WHEN (NEW.original_name = 'late.csv') EXECUTE FUNCTION give_up()
"""


def test_a_file_that_is_stored_after_it_was_given_up_is_there(site: Site) -> None:
    person = site.login(UPLOADER)
    site.sql(GIVEN_UP)
    page = person.upload(person.create_dataset(), "a\n1\n", "late.csv")
    assert "/verify/" in page.url
    assert site.sql("SELECT state, error_message FROM pipeline_data_file WHERE id = %s", id_in(page.url)) == [
        ("uploaded", None)
    ]
