"""The mappings that the store has used before, read again from the texts it keeps."""

from __future__ import annotations

from dataclasses import replace

from bridge.errors import FileFaults, UserFault
from bridge.rulebook import LoadedRulebook, digest_of, rulebook_of
from bridge.rulebook.shipped import shipped_mappings
from bridge.store.store import Store
from bridge.sync.pull import MAPPINGS_SEEN

# They decide nothing: what customers read, and how the panel is spoken to. The present ones are taken, so
# that a text which a later version of the bridge asks for does not make old decisions unreadable.
_WITHOUT_WEIGHT = ("messages.yaml", "commands.yaml")


def archived(store: Store, digest: str) -> LoadedRulebook:
    """Return the mappings of a digest.

    Raises UserFault where the texts are missing, damaged or not understood any more.
    """
    archive = store.journal.policy(digest)
    if not archive:
        raise UserFault("the store has no policy texts under this digest")
    if digest_of(archive) != digest:
        raise UserFault("the archived policy texts are not those that were in force")
    shipped = shipped_mappings()
    present = {name: shipped[name] for name in _WITHOUT_WEIGHT if name in archive}
    try:
        loaded = rulebook_of({**archive, **present})
    except FileFaults as faults:
        raise UserFault(
            f"this version of the bridge does not understand the archived texts: {faults.faults[0]}"
        ) from faults
    texts = {name: archive[name] for name in loaded.texts}
    return replace(loaded, texts=texts, rulebook=replace(loaded.rulebook, digest=digest))


def in_force(store: Store) -> LoadedRulebook | None:
    """Return the mappings of the last cycle; None before the first one. Raises UserFault as `archived`."""
    digest = store.meta.get(MAPPINGS_SEEN)
    if digest is None:
        return None
    try:
        return archived(store, digest)
    except UserFault as fault:
        raise UserFault(f"the mappings in force cannot be read again: {fault}") from fault
