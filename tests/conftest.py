"""What every test may ask for: playbooks that were finished, one pump for all phones, programs that end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import playbook
from tests.wire_rtp import Pump


@pytest.fixture(autouse=True)
def _every_playbook_is_finished() -> Iterator[None]:
    """A playbook without `.done()` proves nothing."""
    playbook.unfinished()
    yield
    assert playbook.unfinished() == 0, "a playbook was never finished: call .done()"


@pytest.fixture
def pump() -> Iterator[Pump]:
    """The clock of all phones of a test."""
    with Pump() as running:
        yield running
