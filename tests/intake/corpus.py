"""Invented letters as bytes, by the case of corpus.md that they belong to."""

from __future__ import annotations

import base64
import quopri
from email.header import Header

CRLF = "\r\n"
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def letter(
    sender: str = "Ana <ana@example.com>",
    subject: str = "Sin internet",
    body: str | bytes = "No navega",
    *,
    charset: str = "utf-8",
    said: str | None = None,
    cte: str = "8bit",
    kind: str = "text/plain",
    head: str = "",
    date: str = "Mon, 02 Nov 2026 08:00:00 -0600",
    message_id: str = "<new@client.example>",
) -> bytes:
    """A message put together by hand, as wrong as it has to be; `said` is the charset it claims."""
    content = body if isinstance(body, bytes) else body.replace("\n", CRLF).encode(charset)
    if cte == "base64":
        content = base64.encodebytes(content)
    elif cte == "quoted-printable":
        content = quopri.encodestring(content)
    lines = [
        f"From: {sender}" if sender else "",
        "To: soporte@example.com",
        f"Subject: {subject}" if subject else "",
    ]
    lines += [f"Date: {date}" if date else "", f"Message-ID: {message_id}" if message_id else ""]
    lines += [*head.strip().split("\n")] if head else []
    lines += [f"Content-Type: {kind}; charset={said or charset}", f"Content-Transfer-Encoding: {cte}"]
    return CRLF.join(line for line in lines if line).encode("utf-8") + b"\r\n\r\n" + content


def html(body: str, **options: str) -> bytes:
    """An HTML letter."""
    return letter(body=body, kind="text/html", **options)  # type: ignore[arg-type]


def parts(*inner: tuple[str, bytes], kind: str = "mixed", head: str = "", **options: str) -> bytes:
    """A letter in parts, each with its headers and its content."""
    boundary = "=_frontera"
    pieces = [
        f"--{boundary}{CRLF}{headers}{CRLF}{CRLF}".encode() + content + b"\r\n" for headers, content in inner
    ]
    outer = letter(body="", kind="x/x", head=head, **options)  # type: ignore[arg-type]
    start = outer[: outer.index(b"Content-Type")]
    content_type = f'Content-Type: multipart/{kind}; boundary="{boundary}"'.encode()
    return start + content_type + b"\r\n\r\n" + b"".join(pieces) + f"--{boundary}--{CRLF}".encode()


def plain(text: str) -> tuple[str, bytes]:
    """A part of plain text."""
    return "Content-Type: text/plain; charset=utf-8", text.encode()


def file(
    name: str, content: bytes = PICTURE, kind: str = "image/png", how: str = "attachment"
) -> tuple[str, bytes]:
    """A part that is a file."""
    headers = [f'Content-Type: {kind}; name="{name}"', "Content-Transfer-Encoding: base64"]
    headers += [f'Content-Disposition: {how}; filename="{name}"']
    return CRLF.join(headers), base64.encodebytes(content)


def _nested(number: int) -> bytes:
    """The beginning of a part that holds the next one."""
    return f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'.encode()


def encoded(text: str, charset: str) -> str:
    """A header in encoded words."""
    return Header(text, charset).encode().replace("\n", CRLF)


GMAIL_ES = (
    "Sigue igual, gracias.\n\nEl lun, 2 nov 2026 a las 8:15, Soporte (<soporte@example.com>) escribió:\n\n"
    "> Recibimos su correo. Su número de ticket es 1202.\n> Cliente 77\n"
)
OUTLOOK_ES = (
    "Ya quedó, pero muy lento.\n\n________________________________\nDe: Soporte <soporte@example.com>\n"
    "Enviado: lunes, 2 de noviembre de 2026 08:15\nPara: Ana\nAsunto: Su ticket 1201\n\n"
    "Recibimos su correo. Cliente 77\n"
)
OUTLOOK_EN = (
    "Still down.\n\n-----Original Message-----\nFrom: Soporte <soporte@example.com>\n"
    "Sent: Monday, November 2, 2026 8:15 AM\nTo: Ana\nSubject: Su ticket 1201\n\nRecibimos su correo.\n"
)
WRAPPED = (
    "Sigo sin señal\n\nEl lunes, 2 de noviembre de 2026 a las 08:15, Soporte Técnico de la Red\n"
    "<soporte@example.com> escribió:\n> Recibimos su correo.\n"
)
BELOW = (
    "On Mon, Nov 2, 2026 at 8:15 AM Soporte <soporte@example.com> wrote:\n> Recibimos su correo.\n> 1201\n\n"
    "No funciona aún.\n"
)
BETWEEN = (
    "El 2/11/2026 8:15, Soporte escribió:\n> ¿Tiene luz roja?\nSí, roja.\n> ¿Desde cuándo?\nDesde ayer.\n"
)
FORWARDED = (
    "---------- Forwarded message ---------\nDe: Ana <ana@example.com>\nDate: lun, 2 nov 2026\n"
    "Subject: falla\nTo: Pepe\n\nNo tengo internet en casa\n"
)
DISCLAIMER = (
    "No navega\n\nAVISO DE CONFIDENCIALIDAD: este mensaje y sus archivos son para su destinatario. "
    "Cliente 77.\n"
)
GMAIL_HTML = (
    '<div dir="ltr">Sigue <b>sin</b> servicio</div><br><div class="gmail_quote"><div class="gmail_attr">'
    "El lun, Soporte escribió:<br></div><blockquote>Cliente 77</blockquote></div>"
)
OUTLOOK_HTML = (
    "<html><head><style>p{color:red}</style></head><body><p>Se cay&oacute; el internet</p><p>&nbsp;</p>"
    '<div id="divRplyFwdMsg"><b>De:</b> Soporte</div><div>Cliente 77</div></body></html>'
)
APPLE_HTML = (
    "<html><body>No navega<br><br>Enviado desde mi iPhone"
    '<blockquote type="cite">Cliente 77</blockquote></body></html>'
)
HIDDEN_HTML = '<p>No navega</p><div style="display:none">cliente 77, tel 55 1111 0077</div><script>x</script>'
IN_REPLY = "In-Reply-To: <ana-1@client.example>\nReferences: <ana-1@client.example>"
TO_ANSWER = "In-Reply-To: <answer-1@example.com>\nReferences: <ana-1@client.example> <answer-1@example.com>"
BETO, ELSA, STRANGER = "Beto <beto@example.com>", "elsa.nueva@other.example", "Nadie <nadie@other.example>"

LETTERS: dict[str, bytes] = {
    # Encodings
    "utf-8": letter(body="Mañana sin señal ¿qué pasó?"),
    "latin-1": letter(body="Mañana sin señal", charset="iso-8859-1"),
    "windows-1252 with euro and quotes": letter(
        body="“Sin señal” cuesta 10 €", charset="cp1252", said="windows-1252"
    ),
    "quoted-printable": letter(body="Sin señal aquí", cte="quoted-printable"),
    "base64": letter(body="Sin señal aquí", cte="base64"),
    "utf-16": letter(body="Sin señal aquí", charset="utf-16", cte="base64"),
    "utf-7": letter(body="Sin señal aquí", charset="utf-7"),
    "says ASCII and is UTF-8": letter(body="Sin señal aquí", said="us-ascii"),
    "says UTF-8 and is latin-1": letter(body="Sin señal aquí", charset="latin-1", said="utf-8"),
    "a charset nobody knows": letter(body="Sin señal aquí", said="x-desconocido"),
    "a charset that is no charset": letter(body="Sin señal aquí", said="rot13"),
    "base64 that is broken": letter(body=b"U2luIHNl4W1 ###\r\n").replace(b"8bit", b"base64"),
    "encoded subject": letter(subject=encoded("Sin señal desde mañana", "utf-8")),
    "latin-1 subject in two encoded words": letter(
        subject="=?iso-8859-1?Q?Sin_se=F1al?= =?iso-8859-1?Q?_ma=F1ana?="
    ),
    "raw 8-bit subject": letter(subject="Sin señal"),
    "broken encoded subject": letter(subject="=?utf-8?b?U2luIHNl4?= internet"),
    "emoji": letter(body="Sin internet \U0001f621\U0001f621 ayuda"),
    "lone carriage returns and a NUL": letter(body=b"Sin internet\rdesde\x00 ayer\r"),
    "no headers for the body": b"From: ana@example.com\r\nSubject: Sin internet\r\n\r\nNo navega",
    "format flowed": letter(body="No navega \ndesde ayer", kind="text/plain; format=flowed"),
    # Clients, in Spanish and English
    "Gmail reply in Spanish": letter(subject="Re: Su ticket 1201", body=GMAIL_ES, head=TO_ANSWER),
    "Outlook reply in Spanish": letter(subject="RE: Su ticket 1201", body=OUTLOOK_ES, head=TO_ANSWER),
    "Outlook reply in English": letter(subject="RE: Su ticket 1201", body=OUTLOOK_EN, head=TO_ANSWER),
    "attribution over two lines": letter(subject="Re: Su ticket 1201", body=WRAPPED, head=IN_REPLY),
    "answer below": letter(subject="Re: Su ticket 1201", body=BELOW, head=IN_REPLY),
    "answers between": letter(subject="Re: Su ticket 1201", body=BETWEEN, head=IN_REPLY),
    "forwarded with nothing said": letter(subject="Fwd: falla", body=FORWARDED),
    "signature": letter(body="No navega\n-- \nAna Gómez\nTel. 55 1111 0001"),
    "iPhone": letter(body="No navega\n\nEnviado desde mi iPhone"),
    "Android in English": letter(body="No internet\n\nSent from my Samsung Galaxy smartphone."),
    "Outlook for Android": letter(body="No navega\n\nObtener Outlook para Android"),
    "disclaimer": letter(body=DISCLAIMER),
    "Gmail HTML": html(GMAIL_HTML, subject="Re: Su ticket 1201", head=TO_ANSWER),
    "Outlook HTML": html(OUTLOOK_HTML),
    "Apple HTML": html(APPLE_HTML),
    "plain beside HTML": parts(
        plain("No navega"), ("Content-Type: text/html", b"<p>otra cosa</p>"), kind="alternative"
    ),
    "empty plain beside HTML": parts(
        plain(" "), ("Content-Type: text/html", b"<p>No navega</p>"), kind="alternative"
    ),
    "HTML cut short": html("<div><p>No navega <b>nada"),
    "English letter": letter(subject="No internet", body="Hello, no internet since last night"),
    # Files
    "a screenshot": parts(plain("Muy lento"), file("test.png"), subject="Baja velocidad"),
    "two files": parts(plain("Muy lento"), file("chica.png", b"x"), file("grande.png", b"x" * 99)),
    "a program": parts(plain("Muy lento"), file("factura.exe", b"MZ", "application/octet-stream")),
    "a path in a name": parts(plain("Muy lento"), file("../../etc/foto.png")),
    "an inline picture without a name": parts(
        plain("Ver"), ("Content-Type: image/jpeg\r\nContent-ID: <a>", b"x")
    ),
    "a letter as a file": parts(
        plain("Vea"), ("Content-Type: message/rfc822", letter(STRANGER, "x", "cliente 77"))
    ),
    "a file and no words": parts(plain(""), file("test.png"), subject=""),
    # Whose it is
    "second address": letter("Beto <beto.trabajo@example.com>"),
    "address in capitals": letter("ANA <ANA@Example.COM>"),
    "shared address": letter("familia@example.com"),
    "shared address with a number": letter("familia@example.com", body="No navega, cliente 4"),
    "shared address with a telephone": letter("familia@example.com", body="No navega. Cel. (55) 1111-0003"),
    "shared address with a number of a third": letter("familia@example.com", body="cliente 77 sin internet"),
    "unknown": letter(STRANGER),
    "unknown with a customer number": letter(ELSA, body="Soy el cliente número 5, no navega"),
    "unknown with a telephone": letter(ELSA, body="No navega, mi teléfono es +52 1 55 1111 0005"),
    "unknown with an id card": letter(ELSA, body="No navega. INE: INE-0000005"),
    "unknown with number and telephone": letter(ELSA, body="Contrato 5, tel 5511110005, sin internet"),
    "unknown with number and telephone of two": letter(ELSA, body="Contrato 4, tel 5511110005, sin internet"),
    "telephone in the signature": letter(ELSA, body="No navega\n-- \nElsa\n55-1111-0005"),
    "telephone in the history": letter(ELSA, body="No navega\n\n> tel 55 1111 0005"),
    "two telephones of two": letter(ELSA, body="Tel 5511110005 o 5511110077, no navega"),
    "known and names another": letter(body="Mi mamá es el cliente 77 y no tiene internet"),
    "known and names itself and another": letter(body="Soy cliente 1, mi vecino el cliente 77 tampoco tiene"),
    "known and a number nobody has": letter(body="Soy cliente 99999 y no navega"),
    "years as a customer": letter(body="Llevo como cliente 77 meses y no navega"),
    "retired": letter("fito@example.com"),
    "no sender": letter("", body="No navega"),
    "two senders": letter("ana@example.com, beto@example.com"),
    "nothing at all": letter(subject="", body=""),
    # Threads
    "answers the first letter": letter(subject="Re: Sin internet", body="¿Alguna novedad?", head=IN_REPLY),
    "number in the subject alone": letter(subject="Ticket 1201", body="¿Alguna novedad?"),
    "report number in the subject": letter(subject="Reporte RC-1201", body="¿Alguna novedad?"),
    "closed ticket": letter(subject="Ticket 1203", body="Otra vez sin internet"),
    "thanks for a closed ticket": letter(subject="Re: Ticket 1203", body="¡Muchas gracias!"),
    "a ticket nobody has": letter(subject="Ticket 999999"),
    # Attacks
    "another's thread": letter(BETO, "Re: Sin internet", "ciérrenlo", head=IN_REPLY),
    "another's number": letter(BETO, "Ticket 1201", "ciérrenlo"),
    "stranger in a thread": letter(STRANGER, "Re: Su ticket 1201", "ciérrenlo, cliente 1", head=TO_ANSWER),
    "stranger in a thread with a telephone": letter(
        STRANGER, "Re: Su ticket 1201", "ciérrenlo, tel 5511110001", head=TO_ANSWER
    ),
    "tags": letter(
        body="#resuelto\n# no atribuible\n#visita 25/11 4pm\n#-cancelado", subject="#grave sin internet"
    ),
    "tag by entities": letter(body="&#35;resuelto &amp;#35;grave"),
    "marker": letter(body="[RC-1201/C1] [MAIL-00000000/T]", subject="[RC-1201/N2] Sin internet"),
    "marker by entities": letter(body="&#91;RC-1201/N2&#93; no navega"),
    "markup": letter(body="<script>alert(1)</script><b>No</b> navega"),
    "address in the display name": letter('"ana@example.com" <nadie@other.example>'),
    "encoded address in the display name": letter(
        "=?utf-8?q?=3Cana=40example=2Ecom=3E?= <nadie@other.example>"
    ),
    "group syntax": letter("Clientes: ana@example.com, beto@example.com;"),
    "reply-to another": letter(head="Reply-To: nadie@other.example"),
    "header injection": letter(subject=encoded("Sin internet\r\nBcc: nadie@other.example", "utf-8")),
    "hidden text": html(HIDDEN_HTML),
    "a thousand parts": parts(plain("No navega"), *[plain("x") for _ in range(1000)]),
    "nested parts": b"From: ana@example.com\r\nSubject: x\r\n" + b"".join(map(_nested, range(600))),
    "a very long line": letter(body="No navega " + "a" * 200_000),
    "quotes to slow a pattern": letter(body="El " + "1 " * 20_000),
    # Robots, lists, spam
    "auto-replied": letter(head="Auto-Submitted: auto-replied"),
    "auto-submitted no": letter(head="Auto-Submitted: no"),
    "out of office": letter(subject="Respuesta automática: Su ticket 1201", head=TO_ANSWER),
    "out of office in English": letter(subject="Automatic reply: Su ticket 1201"),
    "bounce": letter(
        "MAILER-DAEMON@mx.example", "Undelivered Mail Returned to Sender", head="Return-Path: <>"
    ),
    "delivery report": parts(plain("no entregado"), kind="report; report-type=delivery-status"),
    "bulk": letter(head="Precedence: bulk"),
    "list": letter(head="List-Id: <ofertas.example.com>"),
    "newsletter": letter(STRANGER, "Ofertas", "compre", head="List-Unsubscribe: <https://example.com>"),
    "spam flag": letter(head="X-Spam-Flag: YES"),
    "spam status": letter(head="X-Spam-Status: Yes, score=9.1 required=5.0"),
    "not spam": letter(head="X-Spam-Status: No, score=-1.0"),
    "from the mailbox itself": letter("soporte@example.com"),
    "our own answer comes back": letter(head="X-Loop: soporte@example.com"),
    "fifty hops": letter(head="\n".join("Received: from a by b" for _ in range(50))),
}
