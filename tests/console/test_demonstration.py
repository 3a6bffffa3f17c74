"""The demonstration of `./dev run`, broken and repaired from its console."""

import re

import pytest

from browser import Console
from peers.demonstration import Demonstration


@pytest.fixture
def demonstration(tmp_path):
    demonstration = Demonstration(tmp_path)
    yield demonstration
    demonstration.close()


def test_the_partner_is_blocked_and_unblocked_in_the_console_of_the_demonstration(demonstration, driver):
    url = demonstration.read_until(r"Console: (http://127\.0\.0\.1:\d+)/#token=(\S+)", within=60)
    password = demonstration.read_until(r"user demo, password (\w+)")[1]
    demonstration.read_until(r"there and back \d", within=60)
    console = Console(driver, url[1])
    console.resize(1280)
    driver.get(f"{url[1]}/#token={url[2]}")
    console.wait("nav")
    console.go("domains/partner.example")
    console.press("Block")
    console.press("Apply")
    console.sees("Refused")
    demonstration.read_until(r"answered by not-allowed", within=60)
    console.press("Unblock")
    console.press("Apply")
    demonstration.output = ""
    demonstration.read_until(r"there and back \d", within=60)
    console.sees("Connected")
    assert console.faults() == []
    console.press("Log out")
    console.log_in_by_password("demo", password)
    console.wait("nav")
    assert re.search("demo", console.text)
