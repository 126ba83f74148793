"""A signal to stop ends a run, and never leaves a process behind that was just being started."""

import os
import signal

import pytest

from infra.local.signals import Stopped, deferred, stoppable


def _interrupt() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def test_the_first_signal_stops_and_further_ones_do_not_disturb_the_stop() -> None:
    with stoppable():
        with pytest.raises(Stopped):
            _interrupt()
        _interrupt()


def test_a_signal_while_something_is_started_is_heard_when_it_is_done() -> None:
    done = []
    with stoppable(), pytest.raises(Stopped), deferred():
        _interrupt()
        done.append("started and recorded")

    assert done == ["started and recorded"]


def test_what_the_stop_itself_starts_is_not_disturbed() -> None:
    with stoppable():
        with pytest.raises(Stopped):
            _interrupt()
        with deferred():
            _interrupt()
