# SPDX-License-Identifier: GPL-2.0
"""Fixtures of the VM tests. How to write one: docs/testing.md."""

import pytest

from harness.guest import Guest

pytest_plugins = ["harness.differences"]


def pytest_addoption(parser):
    parser.addoption("--kernel", default="6.1", help="series or release of the guest's kernel")
    parser.addoption("--driver", default="ours", choices=["ours", "in-tree"],
                     help="whose modules are in the image")
    parser.addoption("--long", action="store_true", help="the tests marked `long` as well")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes minutes; runs only with --long")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason="runs with --long"))


@pytest.fixture(scope="session")
def kernel(request):
    return request.config.getoption("--kernel")


@pytest.fixture(scope="session")
def driver(request):
    return request.config.getoption("--driver")


@pytest.fixture(scope="module")
def boot(request, kernel, driver):
    """Boots guests: boot("label", ["-device", ...], append=...). Each is powered
    off and checked when the module's tests are done; what its witnesses find
    then fails the module's last test."""
    guests = []

    def start(label, options=(), **settings):
        settings = {"kernel": kernel, "driver": driver, **settings}
        guest = Guest(f"{request.module.__name__}.{label}", options, **settings)
        guests.append(guest)
        request.node.portside_guests = guests
        return guest.start()

    yield start
    problems = []
    for guest in guests:
        if guest.ended:
            continue
        try:
            guest.stop()
        except Exception as problem:
            guest.kill()
            problems.append(f"{guest.label}: {problem}")
    assert not problems, "\n\n".join(problems)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failing test shows what its guests said last."""
    report = (yield).get_result()
    if report.failed:
        for guest in getattr(item.parent, "portside_guests", []):
            if guest.ended and call.when == "call":
                continue
            report.sections.append((f"guest {guest.label}", guest.tail()))
