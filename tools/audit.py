"""Asks the advisory databases about every locked package, Python and JavaScript.

Owns the difference between three answers: nothing known, something known, and nobody answered.
Both auditing programs blur it: pip-audit exits with 0 when it could look up no package at all, and
npm exits with 1 for a vulnerability and for a closed door alike.

    python -m tools.audit     exit 0: all clean; 1: a vulnerability; 3: not all were looked up
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 180  # seconds for one program

PIP_AUDIT = (
    sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off",
    "--disable-pip", "--require-hashes", "--requirement", "requirements-dev.txt",
)  # fmt: skip
# What reading an answer of another shape than expected raises.
SENSELESS = (AttributeError, LookupError, TypeError, ValueError)
NPM_AUDIT = ("npm", "audit", "--json")


class Verdict(IntEnum):
    CLEAN = 0
    VULNERABLE = 1
    UNREACHABLE = 3


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    lines: tuple[str, ...]


def judge_pip(answer: dict[str, Any]) -> Finding:
    packages = answer["dependencies"]
    known = [p for p in packages if p.get("vulns")]
    unasked = [p for p in packages if "skip_reason" in p]
    if known:
        return Finding(Verdict.VULNERABLE, tuple(_pip_line(p) for p in known))
    if unasked or not packages:
        count = f"{len(unasked)} of {len(packages)} packages were not looked up"
        return Finding(Verdict.UNREACHABLE, (count,))
    return Finding(Verdict.CLEAN, (f"{len(packages)} packages, no known vulnerability",))


def _pip_line(package: dict[str, Any]) -> str:
    ids = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
    return f"{package['name']} {package['version']}: {ids}"


def judge_npm(answer: dict[str, Any]) -> Finding:
    if "auditReportVersion" not in answer:
        return Finding(Verdict.UNREACHABLE, ("the registry answered no audit",))
    known = answer["vulnerabilities"]
    if known:
        lines = tuple(f"{name}: {entry['severity']}" for name, entry in sorted(known.items()))
        return Finding(Verdict.VULNERABLE, lines)
    count = answer["metadata"]["dependencies"]["total"]
    if count == 0:
        return Finding(Verdict.UNREACHABLE, ("no package was looked up",))
    return Finding(Verdict.CLEAN, (f"{count} packages, no known vulnerability",))


def ask(command: tuple[str, ...], judge: Callable[[dict[str, Any]], Finding]) -> Finding:
    """Run an auditing program and judge what it printed; its exit code says too little."""
    try:
        result = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return judge(json.loads(result.stdout))
    except (OSError, subprocess.TimeoutExpired, *SENSELESS) as error:
        return Finding(
            Verdict.UNREACHABLE, (f"no answer that makes sense: {type(error).__name__}",)
        )


def overall(findings: list[Finding]) -> Verdict:
    """A known vulnerability outweighs an unanswered question, which outweighs a clean answer."""
    verdicts = {finding.verdict for finding in findings}
    worst_first = (Verdict.VULNERABLE, Verdict.UNREACHABLE, Verdict.CLEAN)
    return next(verdict for verdict in worst_first if verdict in verdicts)


def main() -> Verdict:
    findings = {"pip-audit": ask(PIP_AUDIT, judge_pip), "npm audit": ask(NPM_AUDIT, judge_npm)}
    for name, finding in findings.items():
        for line in finding.lines:
            print(f"{name}: {finding.verdict.name}: {line}")
    verdict = overall(list(findings.values()))
    if verdict is Verdict.UNREACHABLE:
        print("DEPENDENCIES WERE NOT (ALL) AUDITED: AN ADVISORY DATABASE COULD NOT BE REACHED.")
        print("This says nothing about them. Run it again where the databases can be reached.")
    return verdict


if __name__ == "__main__":
    raise SystemExit(main())
