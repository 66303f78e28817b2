"""Records filled by slot are the frozen dataclasses they were."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from bridge.domain.record import filled_by_slot


@filled_by_slot
@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A record with both kinds of defaults."""

    name: str
    number: int = 7
    notes: dict[str, str] = field(default_factory=dict)


@filled_by_slot
@dataclass(frozen=True, slots=True)
class Placed:
    """A record whose fields may be given by place."""

    first: int
    second: int | None = None


def test_fields_and_defaults_are_filled_and_compared() -> None:
    assert Named(name="a") == Named(name="a", number=7, notes={})
    assert Placed(1, 2) == Placed(first=1, second=2) != Placed(1)


def test_no_two_records_share_a_default_that_is_made() -> None:
    assert Named(name="a").notes is not Named(name="b").notes


def test_a_copy_with_changes_is_made_as_before() -> None:
    assert replace(Named(name="a"), number=8) == Named(name="a", number=8)


def test_a_record_stays_frozen() -> None:
    record = Placed(1)

    with pytest.raises(FrozenInstanceError):
        record.first = 2  # type: ignore[misc]


@pytest.mark.parametrize("arguments", [{}, {"name": "a", "colour": "red"}])
def test_a_missing_or_an_unknown_field_is_refused(arguments: dict[str, str]) -> None:
    with pytest.raises(TypeError):
        Named(**arguments)  # type: ignore[arg-type]


def test_fields_for_keywords_only_are_not_taken_by_place() -> None:
    with pytest.raises(TypeError):
        Named("a")  # type: ignore[misc]
