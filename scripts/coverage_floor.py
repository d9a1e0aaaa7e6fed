"""Fails when the tests cover less than tests/coverage_floor.txt says, and tells when the floor can be raised; it never sinks."""

import subprocess
import sys
from pathlib import Path

FLOOR = Path(__file__).parent.parent / "tests" / "coverage_floor.txt"


def main() -> int:
    """Compare the last run's coverage (percent of lines and branches) with the floor; return the exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "coverage", "report", "--format=total", "--precision=1"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"coverage could not be reported: {(done.stderr or done.stdout).strip()}", file=sys.stderr)
        return 1
    covered, floor = float(done.stdout), float(FLOOR.read_text())
    if covered < floor:
        print(f"The tests cover {covered} % and the floor is {floor} %: add tests; the floor only rises.", file=sys.stderr)
        return 1
    print(
        f"coverage {covered} %, floor {floor} %" + (f"; raise {FLOOR.name} to {covered - 0.5:.1f}" if covered > floor + 1 else "")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
