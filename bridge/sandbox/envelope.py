"""What every answer has around it: the two success dialects and the error (contract, section 1)."""

from __future__ import annotations

from typing import Any

Answer = dict[str, Any]


class PanelError(Exception):
    """A refusal that the panel answers in its error envelope, with HTTP 200 unless a switch says else."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def done(**fields: Any) -> Answer:
    """Answer as the old commands do: `{"estado":"exito", ...}`."""
    return {"estado": "exito", **fields}


def done_new_style(**fields: Any) -> Answer:
    """Answer as the newer commands do: `{"code":"200", ...}`, without `estado`."""
    return {"code": "200", **fields}


def refused(message: str) -> Answer:
    """Answer an error: `{"estado":"error","mensaje":...}`."""
    return {"estado": "error", "mensaje": message}
