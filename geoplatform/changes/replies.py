"""What a mail server's refusal of a recipient means."""

from __future__ import annotations

import re


def nobody_there(code: int, reason: bytes) -> bool:
    """Return whether a refusal (an SMTP reply) means that the mailbox is not there, rather than that we may not write to it.

    An enhanced status code says which of the two (RFC 3463: 5.1.x addresses, 5.2.1 a mailbox that takes nothing); without one
    the reply's code does (RFC 5321, 4.2.2).
    """
    status = re.match(rb"\s*(\d)\.(\d{1,3})\.(\d{1,3})\b", reason)
    if status:
        return status[1] == b"5" and (status[2] == b"1" or status.group(2, 3) == (b"2", b"1"))
    return code in (550, 551, 553)
