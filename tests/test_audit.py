"""Shows that the audit never takes silence for a clean answer."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tools.audit import Finding, Verdict, ask, judge_npm, judge_pip, overall

SOUND = {"name": "flask", "version": "3.1.3", "vulns": []}
KNOWN = {"name": "jinja2", "version": "2.0", "vulns": [{"id": "PYSEC-1"}]}
UNASKED = {"name": "orjson", "skip_reason": "not found"}
REPORT = {"auditReportVersion": 2, "metadata": {"dependencies": {"total": 18}}}


@pytest.mark.parametrize(
    ("packages", "verdict"),
    [
        ([SOUND], Verdict.CLEAN),
        ([SOUND, KNOWN], Verdict.VULNERABLE),
        ([KNOWN, UNASKED], Verdict.VULNERABLE),
        ([SOUND, UNASKED], Verdict.UNREACHABLE),
        ([], Verdict.UNREACHABLE),
    ],
)
def test_python_packages_are_judged(packages: list[dict[str, Any]], verdict: Verdict) -> None:
    assert judge_pip({"dependencies": packages}).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (REPORT | {"vulnerabilities": {}}, Verdict.CLEAN),
        (REPORT | {"vulnerabilities": {"ws": {"severity": "high"}}}, Verdict.VULNERABLE),
        ({"message": "405 Method Not Allowed", "statusCode": 405}, Verdict.UNREACHABLE),
        ({"error": {"code": "ENOAUDIT"}}, Verdict.UNREACHABLE),
        (
            {
                "auditReportVersion": 2,
                "vulnerabilities": {},
                "metadata": {"dependencies": {"total": 0}},
            },
            Verdict.UNREACHABLE,
        ),
    ],
)
def test_javascript_packages_are_judged(answer: dict[str, Any], verdict: Verdict) -> None:
    assert judge_npm(answer).verdict is verdict


@pytest.mark.parametrize("output", ["", "[]", "null", "{}", '{"dependencies": [7]}', "no network"])
def test_a_program_that_answers_nonsense_was_not_reached(output: str) -> None:
    finding = ask((sys.executable, "-c", f"print({output!r})"), judge_pip)
    assert finding.verdict is Verdict.UNREACHABLE


def test_a_program_that_is_not_there_was_not_reached() -> None:
    assert ask(("/nowhere/audit",), judge_npm).verdict is Verdict.UNREACHABLE


def test_the_exit_code_of_the_program_does_not_outvote_what_it_found() -> None:
    said = json.dumps({"dependencies": [KNOWN]})
    finding = ask((sys.executable, "-c", f"print({said!r})"), judge_pip)
    assert finding == Finding(Verdict.VULNERABLE, ("jinja2 2.0: PYSEC-1",))


def test_a_vulnerability_outweighs_a_closed_door() -> None:
    def of(*verdicts: Verdict) -> Verdict:
        return overall([Finding(verdict, ()) for verdict in verdicts])

    assert of(Verdict.UNREACHABLE, Verdict.VULNERABLE) is Verdict.VULNERABLE
    assert of(Verdict.CLEAN, Verdict.UNREACHABLE) is Verdict.UNREACHABLE
    assert of(Verdict.CLEAN, Verdict.CLEAN) is Verdict.CLEAN
