"""The channels of staff: mail, chats and the like, by addresses of Apprise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode

from bridge import logs
from bridge.errors import UsageFault

log = logs.logger("bridge.notify")


@dataclass(frozen=True, slots=True)
class _Channel:
    """One channel; `name` says which without its address, that holds its key."""

    name: str
    apprise: Apprise


class Channels:
    """Sends words to every channel. Apprise gives up on a channel that does not answer within seconds."""

    def __init__(self, urls: Sequence[str], place: str = "alerts.urls") -> None:
        """Raise UsageFault for an address that no channel of Apprise understands; `place` is its key."""
        self._channels = [_channel(place, number, url) for number, url in enumerate(urls, start=1)]

    def send(self, title: str, text: str) -> bool:
        """Return whether at least one channel took the words; each that did not is logged."""
        taken = [self._sent(channel, title, text) for channel in self._channels]
        return any(taken) or not taken

    @staticmethod
    def _sent(channel: _Channel, title: str, text: str) -> bool:
        why = "not taken"
        try:
            if channel.apprise.notify(title=title, body=text, body_format=NotifyFormat.TEXT):
                return True
        except Exception as error:  # noqa: BLE001 - a hundred plugins of others; none may end telling
            why = type(error).__name__
        log.warning("alert.undelivered", channel=channel.name, why=why)
        return False


def _channel(place: str, number: int, url: str) -> _Channel:
    # A message too long for a channel goes out as several; the words are no markup, whoever wrote them.
    apprise = Apprise(asset=AppriseAsset(secure_logging=True))
    scheme = url.partition("://")[0]
    if not apprise.add(url):
        raise UsageFault(
            f"{place}: number {number} (`{scheme}://…`) is no address of Apprise; "
            "https://github.com/caronc/apprise lists them"
        )
    for server in apprise:
        server.overflow_mode = OverflowMode.SPLIT
    return _Channel(f"{place} {number} {scheme}", apprise)
