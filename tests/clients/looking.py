"""Runs QGIS in a process of its own, with the Python that it was built for."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any


def look(folder: Path, **job: Any) -> dict[str, dict[str, Any]]:
    """Have QGIS open what `job` names (see qgis_look.py); return what it saw, by name. folder: for its pictures and profile."""
    place = str(folder)
    done = subprocess.run(
        ["/usr/bin/python3", str(Path(__file__).parent / "qgis_look.py")],
        input=json.dumps({**job, "folder": place}),
        # QGIS writes its profile and cache below HOME
        env={"PATH": os.environ["PATH"], "QT_QPA_PLATFORM": "offscreen", "HOME": place, "XDG_RUNTIME_DIR": place},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])
