"""The section `mail`: a mailbox to read, a server to send by, or both."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.bootstrap import Bridge
from bridge.config import Settings, load_config
from bridge.errors import FileFaults
from bridge.phrases import Language
from bridge.store.store import Store

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
ENVIRON = {"MIKROWISP_TOKEN": "tok-1", "MIKROWISP_DATABASE_URL": "sqlite:///panel.db"}
PASSWORD = "invented-mailbox-password"
SMALL = "panel: {base_url: 'https://panel.example', token: t}\n"
IMAP = "  imap: {host: mail.example.com, user: soporte@example.com, password: p}\n"
SMTP = "  smtp: {host: mail.example.com, sender: Soporte@example.com}\n"


def loaded(folder: Path, text: str) -> Settings:
    path = folder / "config.yaml"
    path.write_text(SMALL + text, encoding="utf-8")
    return load_config(path, ENVIRON)


def test_the_example_shows_the_defaults_of_mail(tmp_path: Path) -> None:
    """What the comment says of each key is what holds without it."""
    text = EXAMPLE.read_text(encoding="utf-8")
    lines = text[text.index("# mail:\n") :].split("\n\n")[0].splitlines()
    shown = "\n".join(line.removeprefix("# ") for line in lines)
    path = tmp_path / "example.yaml"
    path.write_text(f"{SMALL}{shown}\n", encoding="utf-8")

    example = load_config(path, {"BRIDGE_MAIL_PASSWORD": PASSWORD}).mail

    small = loaded(tmp_path, f"mail:\n{IMAP}{SMTP}").mail
    assert example is not None
    assert small is not None
    required = {"imap": {"password"}, "smtp": {"user", "password"}}
    assert example.model_dump(exclude=required) == small.model_dump(exclude=required)


def test_letters_may_be_read_where_nothing_is_sent(tmp_path: Path) -> None:
    mail = loaded(tmp_path, f"mail:\n{IMAP}").mail

    assert mail is not None
    assert mail.smtp is None
    assert mail.own_addresses == {"soporte@example.com"}


def test_mail_may_be_sent_where_no_mailbox_is_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, f"mail:\n{SMTP}")

    assert settings.mail is not None
    assert settings.mail.imap is None
    assert settings.mail.own_addresses == {"soporte@example.com"}
    with (
        Bridge.configured(tmp_path / "config.yaml", ENVIRON) as bridge,
        Store.open(f"sqlite:///{tmp_path}/bridge.db") as store,
    ):
        assert bridge.mail_intake(store) is None


@pytest.mark.parametrize(("section", "line"), [("mail: {}\n", 2), ("mail:\n  letters_per_day: 5\n", 3)])
def test_a_section_that_names_neither_is_a_fault(tmp_path: Path, section: str, line: int) -> None:
    with pytest.raises(FileFaults) as caught:
        loaded(tmp_path, section)

    (fault,) = caught.value.faults
    assert (Path(fault.file).name, fault.line) == ("config.yaml", line)
    assert str(fault.message) == "expected `imap`, `smtp`, or both"
    assert fault.message.said(Language.SPANISH) == "se espera `imap`, `smtp`, o ambos"


def test_an_authority_that_is_not_there_is_told_of_either_server(tmp_path: Path) -> None:
    imap = IMAP.replace("host:", "verify_tls: imap.pem, host:")
    smtp = SMTP.replace("host:", "verify_tls: smtp.pem, host:")

    with pytest.raises(FileFaults) as caught:
        loaded(tmp_path, f"mail:\n{imap}{smtp}")

    assert [fault.line for fault in caught.value.faults] == [3, 4]


def test_a_password_that_no_mail_server_takes_is_told_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(FileFaults) as caught:
        loaded(tmp_path, f"mail:\n{IMAP.replace('password: p', 'password: contraseña-inventada')}")

    (fault,) = caught.value.faults
    assert fault.line == 3
    assert "without accents" in str(fault.message)
    assert "inventada" not in str(caught.value)
