"""Lists known vulnerabilities of the installed packages, and packages that could not be looked up.

It uses pip-audit, which itself reports "No known vulnerabilities found" if its service knows none
of the packages. Exit code: 0: all were looked up and are clean, 1: vulnerabilities, 2: some could
not be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any


def report(packages: Sequence[dict[str, Any]]) -> tuple[list[str], int]:
    """Lines and exit code for the `dependencies` of pip-audit's JSON."""
    skipped = [each for each in packages if "skip_reason" in each]
    lines = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in "
        f"{' or '.join(fault['fix_versions']) or 'no version yet'}"
        for each in packages
        for fault in each.get("vulns", ())
    ]
    count = len(lines)
    lines.append(
        f"{len(packages) - len(skipped)} of {len(packages)} packages were looked up; "
        f"{count} known vulnerabilities."
    )
    if skipped:
        lines.append(
            f"{len(skipped)} could not be looked up, of which nothing is known here. "
            f"The first reason: {skipped[0]['skip_reason']}"
        )
    return lines, 1 if count else 2 if skipped else 0


def main() -> int:
    """Run pip-audit on this environment and print a report."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--skip-editable"]
    ran = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True)
    try:
        lines, code = report(json.loads(ran.stdout)["dependencies"])
    except (ValueError, KeyError):
        last = (ran.stderr.strip().splitlines() or ["it said nothing"])[-1]
        lines, code = [f"pip-audit could look up nothing: {last[:300]}"], 2
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
