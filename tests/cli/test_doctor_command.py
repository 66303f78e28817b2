"""`bridge doctor` as a command: a line for each check, and the exit code of the worst."""

from __future__ import annotations

from .conftest import Isp


def test_a_panel_in_order_ends_with_0(isp: Isp) -> None:
    result = isp("doctor", "--format", "json")

    assert result.code == 0, result.out
    assert {"subject", "health", "found", "next_step"} == set(result.json[0])
    assert {check["health"] for check in result.json} <= {"ok", "note"}
    assert not (isp.folder / "var").exists()


def test_a_refused_token_ends_with_2_and_the_next_step(isp_over_api: Isp) -> None:
    isp = isp_over_api
    isp.panel.control("faults", {"kind": "token_lost", "times": None})

    result = isp("doctor")

    assert result.code == 2
    assert "check panel.base_url, panel.token" in result.words
    assert max(map(len, result.out.splitlines())) <= 100
