"""Whom the app's address reaches."""

import pytest

from gdplay.home import is_here_alone


@pytest.mark.parametrize(
    ("address", "alone"),
    [
        ("http://localhost:8501/?code=BCDFG", True),
        ("http://127.0.0.1:8501/room", True),
        ("http://[::1]:8501/", True),
        ("http://192.168.0.7:8501/", False),
        ("https://gdplay.example/localhost", False),
        ("http://localhost/", True),
        ("http://app.localhost:8501/", True),
        ("http://notlocalhost:8501/", False),
        ("", False),
    ],
)
def test_an_address_that_no_phone_can_reach_is_known(address, alone):
    assert is_here_alone(address) == alone
