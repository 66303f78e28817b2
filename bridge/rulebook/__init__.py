"""The mappings (`mappings/*.yaml`) read into domain policy."""

from bridge.rulebook.loader import LoadedRulebook, digest_of, load_rulebook, rulebook_of
from bridge.rulebook.templates import TEMPLATES
from bridge.rulebook.texts import Template

__all__ = ["TEMPLATES", "LoadedRulebook", "Template", "digest_of", "load_rulebook", "rulebook_of"]
