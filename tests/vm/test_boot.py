# SPDX-License-Identifier: GPL-2.0
"""A guest boots, answers on its second UART and powers off."""

import pytest

from harness.ktap import run_ktap


@pytest.fixture(scope="module")
def guest(boot):
    return boot("plain")


def test_a_command_returns_its_output_and_its_exit_status(guest):
    assert guest.run("echo some words; exit 3") == (3, "some words\n")


def test_a_guest_program_reports_its_tests_as_ktap(guest):
    assert len(run_ktap(guest, "guest_basics").passed) == 4
