"""The private key that signs OpenID Connect tokens: made once for each installation. Imports no Django: settings need it."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path


def oidc_private_key(path: Path) -> str:
    """Return the PEM of the RSA key kept in the file `path` (mode 0600), made on first use.

    Raises OSError when the file can't be read or written.
    """
    if path.exists():
        return path.read_text()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            pem = rsa.generate_private_key(public_exponent=65537, key_size=3072).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            descriptor, temporary = tempfile.mkstemp(dir=path.parent)  # created with mode 0600
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
    return path.read_text()
