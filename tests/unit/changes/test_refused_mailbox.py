"""Only a mailbox that is not there ends a subscription; a policy of the mail server's does not."""

import pytest

from geoplatform.changes.replies import nobody_there


@pytest.mark.parametrize(
    ("code", "reason"),
    [(550, b"5.1.1 User unknown"), (550, b"No such user here"), (553, b"5.1.3 Bad address"), (550, b"5.2.1 Mailbox disabled")],
)
def test_nobody_is_there(code, reason):
    assert nobody_there(code, reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (550, b"5.7.1 Refused by policy"),
        (554, b"Transaction failed: blocked by a list"),
        (552, b"5.2.2 Mailbox full"),
        (450, b"4.2.1 Try later"),
        (550, b"4.1.1 odd"),
    ],
)
def test_somebody_may_be_there(code, reason):
    assert not nobody_there(code, reason)
