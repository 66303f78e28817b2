"""config.yaml and the environment as frozen settings (design section 5)."""

from bridge.config.load import load_config, now_override
from bridge.config.settings import Limits, PanelSettings, Routes, Settings

__all__ = ["Limits", "PanelSettings", "Routes", "Settings", "load_config", "now_override"]
