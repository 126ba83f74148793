"""Lists of datasets and of versions, however long they are."""

from tests.parts.site import Site, Visitor


def test_long_lists_come_in_pages(site: Site, person: Visitor) -> None:
    path = person.create_dataset()
    slug = path.removesuffix("/").rpartition("/")[2]
    site.sql(
        "INSERT INTO pipeline (organisation, dataset, slug) SELECT 'paged', 'list_' || lpad(n::text, 3, '0'),"
        " 'paged-list-' || n FROM generate_series(1, 120) AS n"
    )
    site.sql(
        "INSERT INTO pipeline_data_file (id, pipeline_id, data_file_url, state, uploaded_at, original_name,"
        " uploaded_by, encoding, delimiter, quote)"
        " SELECT gen_random_uuid(), (SELECT id FROM pipeline WHERE slug = %s), '', 'failed',"
        " now() - n * interval '1 day', 'file ' || n || '.csv', '', 'utf-8', ',', '' FROM generate_series(1, 30) AS n",
        slug,
    )

    first, last = person.get("/upload/").text, person.get("/upload/?page=999").text
    versions, older = person.get(path).text, person.get(f"{path}?page=2").text

    assert first.count('<th scope="row"') == 50
    assert 'href="?page=2" rel="next"' in first
    assert 'rel="prev"' in last
    assert "list_120" in last
    assert versions.count('<th scope="row"') == 25
    assert 'href="?page=2#versions" rel="next"' in versions
    assert [f"file {number}.csv" in older for number in (25, 26, 30)] == [False, True, True]
    site.sql("DELETE FROM pipeline WHERE organisation = 'paged'")
