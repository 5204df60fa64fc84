"""Random operations on rows, checked against a model of the truth after each step.

The suite runs the short form, which takes the same steps each time, so that it fails only for the person
who broke something. After a change to `fields/`, run the long form, which takes different steps each time;
the models share the minutes:

    ADVTHUMB_FUZZ_MINUTES=10 .venv/bin/pytest tests/consistency/test_machine.py
"""

import logging
import os
import time

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from . import committing, models
from .machine import Machine

pytestmark = committing

MODELS = [
    models.LocalPhoto,
    models.LocalTwin,
    models.BucketPhoto,
    models.BucketTwin,
    models.LocalSet,
    models.BucketSet,
    models.HashedPhoto,
    models.RenamedPhoto,
    models.RecordedPhoto,
    models.RecordedTwin,
    models.FocusedPhoto,
    models.RecordedFocus,
    models.Shop,
]
if connection.vendor != "sqlite":
    # Storages make no difference to a database server.
    MODELS = [models.LocalTwin, models.RecordedPhoto, models.FocusedPhoto, models.Shop]
SECONDS = float(os.environ.get("ADVTHUMB_FUZZ_MINUTES", "0")) * 60 / len(MODELS)
SHORT = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
LONG = settings(SHORT, max_examples=25, stateful_step_count=40, derandomize=False)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_and_files_agree_after_any_sequence_of_operations(model, caplog):
    caplog.set_level(
        logging.CRITICAL, logger="advthumb"
    )  # Bad pictures and failing storages are expected here.
    machine = type(f"{model.__name__}Machine", (Machine,), {"model": model})
    until = time.monotonic() + SECONDS
    while True:
        run_state_machine_as_test(machine, settings=LONG if SECONDS else SHORT)
        if time.monotonic() >= until:
            break
