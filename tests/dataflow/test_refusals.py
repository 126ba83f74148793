"""What cannot pass by itself is not asked for over and over, and what can is."""

import pytest

from dss_assets.dataflow import RequestRefused
from dss_assets.errors import TransientError
from tests.dataflow.ledger import PASSWORD, SOURCE, USER, VIEWER, Ledger

both = pytest.mark.parametrize("api", ["airflow-2", "airflow-3"], indirect=True)
REFUSED = "Invalid input for param table: 'L1' does not match '^L0$'"


@both
def test_a_dag_whose_parser_is_behind_is_asked_again_for_the_same_run(ledger: Ledger) -> None:
    ledger.airflow.rest.is_stale = True
    ledger.load()
    with pytest.raises(TransientError, match="its parser is behind"):
        ledger.trigger()
    assert ledger.told == ("requested", "stale")
    run_id = ledger.row()["run_id"]

    ledger.airflow.rest.is_stale = False
    ledger.pass_time()
    assert ledger.due() == {SOURCE}
    assert ledger.trigger()
    assert ledger.row()["run_id"] == run_id


@both
@pytest.mark.parametrize(
    ("wrong", "situation", "told"),
    [
        ({"dataflow_uploader_dag_id": "nonesuch"}, "unknown DAG", "DATAFLOW_UPLOADER_DAG_ID"),
        ({"dataflow_username": VIEWER}, "forbidden", "the right to read and trigger the DAG"),
    ],
)
def test_what_the_settings_are_wrong_about_is_asked_again_when_they_change(
    ledger: Ledger, wrong: dict[str, str], situation: str, told: str
) -> None:
    ledger.connect(**wrong)
    ledger.load()
    with pytest.raises(RequestRefused, match=told):
        ledger.trigger()
    assert ledger.told == ("failed", situation)
    ledger.pass_time("9 days")
    assert ledger.due() == set()

    ledger.connect()
    assert ledger.due() == {SOURCE}
    assert ledger.trigger()


@both
def test_a_changed_password_counts_as_changed_settings(ledger: Ledger) -> None:
    ledger.connect(dataflow_password="a wrong one")
    ledger.load()
    with pytest.raises(RequestRefused) as refused:
        ledger.trigger()
    assert "a wrong one" not in str(refused.value)
    assert ledger.told[1] in {"credentials", "forbidden"}
    ledger.connect(dataflow_password="another wrong one")
    assert ledger.due() == {SOURCE}


@both
def test_a_refused_configuration_is_asked_for_again_when_a_person_says_so(ledger: Ledger) -> None:
    ledger.airflow.rest.refused_conf = REFUSED
    ledger.load()
    with pytest.raises(RequestRefused, match="does not match"):
        ledger.trigger()
    assert ledger.told == ("failed", "refused")
    ledger.pass_time("9 days")
    assert ledger.due() == set()

    ledger.ask_again()
    assert ledger.due() == {SOURCE}
    with pytest.raises(RequestRefused):
        ledger.trigger()
    assert ledger.due() == set()


def test_a_new_file_is_asked_for_though_an_earlier_one_was_refused(ledger: Ledger) -> None:
    ledger.airflow.rest.refused_conf = REFUSED
    ledger.load()
    with pytest.raises(RequestRefused):
        ledger.trigger()
    ledger.airflow.rest.refused_conf = ""
    ledger.load("b")
    assert ledger.due() == {SOURCE}
    ledger.trigger()

    assert set(ledger.served().values()) == {ledger.row()["id"]}


def test_what_was_refused_to_all_passes_for_all_once_one_is_accepted(ledger: Ledger) -> None:
    ledger.airflow.rest.viewers.add(USER)
    sources = ("hmrc.exporters", "ons.postcode_directory")
    for source in sources:
        ledger.load(source, source)
        with pytest.raises(RequestRefused):
            ledger.trigger(source)
    ledger.airflow.rest.viewers.clear()
    assert ledger.due() == set()

    ledger.ask_again(sources[1], sources[1])
    assert ledger.trigger(sources[1])

    assert ledger.due() == {sources[0]}


@both
def test_with_the_wrong_api_the_settings_are_named(ledger: Ledger, api: str) -> None:
    ledger.connect(dataflow_base_url=f"{ledger.airflow.url}/airflow")
    ledger.load()

    with pytest.raises(RequestRefused, match=r"404.*|DATAFLOW_(API|USERNAME)"):
        ledger.trigger()


def test_an_expired_token_is_renewed_once(ledger: Ledger) -> None:
    ledger.start()
    ledger.airflow.rest.expire_tokens()
    ledger.wait()
    ledger.poll()

    assert ledger.told == ("success", "")
    assert [target for _, target in ledger.airflow.requests].count("/auth/token") == 2


def test_a_fixed_token_is_sent_as_it_is(ledger: Ledger) -> None:
    ledger.airflow.rest.tokens.add("dss.fixed")
    ledger.connect(dataflow_username=None, dataflow_password=None, dataflow_token="dss.fixed")
    ledger.start()
    ledger.airflow.rest.expire_tokens()
    ledger.load("b", "ons.postcode_directory")

    with pytest.raises(RequestRefused, match="Check the credentials"):
        ledger.trigger("ons.postcode_directory")
    assert "/auth/token" not in [target for _, target in ledger.airflow.requests]


def test_no_secret_is_stored_or_told(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ledger.connect(dataflow_token="a.fixed-token")
    ledger.load()
    with pytest.raises(RequestRefused) as refused:
        ledger.trigger()

    shown = f"{refused.value} {ledger.row()} {caplog.text}"
    for secret in (PASSWORD, "a.fixed-token"):
        assert secret not in shown
