"""One receiver for all these tests; they tell their requests apart by names of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vela_steps.receiver.client import Receiver


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    started = Receiver.start(tmp_path_factory.mktemp("receiver"))
    yield started
    started.stop()
