"""The Spanish of every phrase that is said about a file, by its English; fields keep their names.

A test compares the fields, and finds phrases of the code that are not here and entries that nothing says.
"""

from __future__ import annotations

from collections.abc import Mapping

_HINTS = {
    "; {what}": "; {what}",
    "{first}; or {second}": "{first}; o bien {second}",
    "{first}{second}": "{first}{second}",
    "{name} {value}": "{name} {value}",
    "{what} ({code})": "{what} ({code})",
    "[{values}]": "[{values}]",
    ": {purpose}": ": {purpose}",
    ", not `{value}`": ", no `{value}`",
    "{expected}, not `{value}`": "{expected}, no `{value}`",
    ", but nothing is written": ", pero no hay nada escrito",
    "did you mean `{name}`?": "¿quiso decir `{name}`?",
    "expected {name}": "se espera {name}",
    "expected one of {names}": "se espera una de estas palabras: {names}",
    "expected one of {number} names; the file as it comes has them all": (
        "se espera uno de {number} nombres; el archivo original los tiene todos"
    ),
    "expected a known word": "se espera una palabra conocida",
    "there is none to name": "no hay ninguna que nombrar",
    "; a comma ends a value here: {what}": "; aquí la coma termina el valor: {what}",
    "; a comma ends a value here: write amounts with a point, such as `349.00`": (
        "; aquí la coma termina el valor: escriba los montos con punto, como `349.00`"
    ),
    "; it belongs {place}: check the indentation": "; va {place}: revise la sangría",
    "under `{home}`": "debajo de `{home}`",
    "at the left margin": "pegada al margen izquierdo",
    "{what} stands here; remove it": "aquí hay {what}; quítelo",
    "{what} stands here; write a plain space": "aquí hay {what}; escriba un espacio normal",
    "{what} stands here; write `{sign}`": "aquí hay {what}; escriba `{sign}`",
    "an unbreakable space": "un espacio de no separación",
    "a full-width space": "un espacio de ancho completo",
    "an invisible sign": "un signo invisible",
    "a full-width colon": "unos dos puntos de ancho completo",
    "a full-width comma": "una coma de ancho completo",
    "a full-width point": "un punto de ancho completo",
    "a full-width digit": "una cifra de ancho completo",
    "a long dash": "un guion largo",
    "a typographic quote": "una comilla tipográfica",
}
_VALUES = {
    "expected a whole number": "se espera un número entero",
    "expected a smaller number": "se espera un número menor",
    "expected a number": "se espera un número",
    "expected text": "se espera un texto",
    "expected some text": "se espera algún texto",
    "expected a list": "se espera una lista",
    "expected one line": "se espera un solo renglón",
    "expected at least one": "se espera al menos uno",
    "expected true or false": "se espera true (sí) o false (no)",
    "expected `key: value` lines": "se esperan renglones `clave: valor`",
    "expected more than {limit}": "se espera más de {limit}",
    "expected less than {limit}": "se espera menos de {limit}",
    "expected {limit} or more": "se espera {limit} o más",
    "expected {limit} or less": "se espera {limit} o menos",
    "expected {limit} characters or less": "se esperan {limit} letras o menos",
    "expected more than 0": "se espera más de 0",
    "expected more than no time at all": "se espera un plazo mayor que cero",
    "expected no less than `{key}`": "se espera `{key}` o más",
    "expected no more than `{key}`": "se espera `{key}` o menos",
    "expected {day} or later": "se espera {day} o después",
    "expected no more than ten years": "se esperan diez años o menos",
    "expected a duration such as `2 h`, `30 min` or `3 días`": (
        "se espera un plazo como `2 h`, `30 min` o `3 días`"
    ),
    "expected a time such as `80 h`, `30 min` or `72:00:01`": (
        "se espera un tiempo como `80 h`, `30 min` o `72:00:01`"
    ),
    "expected a time such as `14:00`": "se espera una hora como `14:00`",
    "expected a time between 0:00 and 23:59": "se espera una hora entre 0:00 y 23:59",
    "expected a date as year-month-day, such as `2026-11-25`": (
        "se espera una fecha como año-mes-día, por ejemplo `2026-11-25`"
    ),
    "expected a day that exists, as year-month-day": "se espera un día que exista, como año-mes-día",
    "expected a day before the year {year}": "se espera un día anterior al año {year}",
    "expected a day and a time such as `2026-02-28 23:30`": ("se espera día y hora, como `2026-02-28 23:30`"),
    "expected an amount such as `349.00` (no comma)": "se espera un monto como `349.00` (sin coma)",
    "expected a number of days such as `4`": "se espera un número de días, como `4`",
    "expected a shift such as `lun-vie 9:00-18:00`, `sab 9:00-14:00` or `diario 22:00-6:00`": (
        "se espera un turno como `lun-vie 9:00-18:00`, `sab 9:00-14:00` o `diario 22:00-6:00`"
    ),
    "expected the name of a time zone such as `America/Mexico_City`": (
        "se espera el nombre de una zona horaria, como `America/Mexico_City`"
    ),
}
_FILES = {
    "unknown key `{key}`": "clave desconocida `{key}`",
    "`{key}` is missing": "falta `{key}`",
    "`{key}` is missing: {purpose}": "falta `{key}`: {purpose}",
    "`{key}` has no value": "`{key}` no tiene valor",
    "`{key}` is written twice (first on line {line})": (
        "`{key}` está escrita dos veces (la primera, en la línea {line})"
    ),
    "cannot be read: {why}": "no se puede leer: {why}",
    "larger than 1 MB; is it the right file?": "mide más de 1 MB; ¿es el archivo correcto?",
    "saved as UTF-16; save it as UTF-8": "está guardado como UTF-16; guárdelo como UTF-8",
    "not UTF-8 (byte 0x{byte}, in Windows `{letter}`); save the file as UTF-8": (
        "no es UTF-8 (byte 0x{byte}, en Windows `{letter}`); guarde el archivo como UTF-8"
    ),
    "the file is empty": "el archivo está vacío",
    "the file is missing; `bridge init` writes one": "falta el archivo; `bridge init` escribe uno",
    "rename it to `{name}`": "cámbiele el nombre a `{name}`",
    "no mapping has this name; keep copies of `{name}` in another folder": (
        "ningún archivo de reglas se llama así; guarde las copias de `{name}` en otra carpeta"
    ),
    "no mapping has this name; {what}": "ningún archivo de reglas se llama así; {what}",
    "a character that YAML does not allow": "un signo que YAML no admite",
    "not valid YAML: {what}": "YAML no válido: {what}",
    "a tab stands here; indent with spaces": "aquí hay un tabulador; use espacios",
    "a space is missing after `:`": "falta un espacio después de `:`",
    "a second `:` on this line; put a text that holds `: ` in quotes": (
        "hay un segundo `:` en este renglón; ponga entre comillas un texto que lleva `: `"
    ),
    "this line is indented deeper than the one above, which has a value already": (
        "este renglón está más adentro que el de arriba, que ya tiene su valor"
    ),
    "this line begins farther left or right than the lines it belongs to; check the indentation": (
        "este renglón empieza más a la izquierda o a la derecha que los de su grupo; revise la sangría"
    ),
    "a line with `-` stands among lines with `key: value`; check the indentation": (
        "un renglón con `-` está entre renglones `clave: valor`; revise la sangría"
    ),
    "a key without its `:`": "una clave sin sus `:`",
    "a quote is opened here and never closed": "aquí se abre una comilla que nunca se cierra",
    "a text cannot begin with this sign; put it in quotes": (
        "un texto no puede empezar con este signo; póngalo entre comillas"
    ),
    "`\\` has a meaning inside double quotes; put the text in single quotes": (
        "`\\` tiene un significado entre comillas dobles; ponga el texto entre comillas simples"
    ),
    "more text after a closing quote or bracket; put the whole text in quotes": (
        "hay más texto después de cerrar comillas o llaves; ponga todo el texto entre comillas"
    ),
    "`[` is opened here; a comma or the closing `]` is missing": (
        "aquí se abre `[`; falta una coma o el `]` que cierra"
    ),
    "`{` is opened here; a comma or the closing `}` is missing": (
        "aquí se abre `{`; falta una coma o la `}` que cierra"
    ),
    "`}` closes nothing that was opened": "`}` no cierra nada que esté abierto",
    "`]` closes nothing that was opened": "`]` no cierra nada que esté abierto",
    "the file ends where a value or a closing bracket is due": (
        "el archivo termina donde falta un valor o un paréntesis que cierra"
    ),
    "a second document begins here; remove the `---` line": (
        "aquí empieza un segundo documento; quite el renglón `---`"
    ),
    "expected `key: value` lines at the top of the file": (
        "se esperan renglones `clave: valor` al principio del archivo"
    ),
    "expected a plain word as key": "se espera una palabra sencilla como clave",
    "expected a value": "se espera un valor",
    "nested too deep": "demasiados niveles, uno dentro de otro",
    "an alias (`*`): write the value out, or put the text in quotes": (
        "un alias (`*`): escriba el valor completo, o ponga el texto entre comillas"
    ),
    "an anchor (`&`): remove it, or put the text in quotes": (
        "un ancla (`&`): quítela, o ponga el texto entre comillas"
    ),
    "a tag (`!`): remove it, or put the text in quotes": (
        "una etiqueta de YAML (`!`): quítela, o ponga el texto entre comillas"
    ),
}
_RULES = {
    "versions go from old to new, each with a day of its own; the one above begins on {day}": (
        "las versiones van de la más antigua a la más nueva, cada una con su propio día; la de "
        "arriba empieza el {day}"
    ),
    "expected whose a fault of unknown cause counts as, such as `isp`": (
        "se espera de quién se considera una falla de causa desconocida, por ejemplo `isp`"
    ),
    "faults.yaml has no fault `{name}`; {what}": "faults.yaml no tiene la falla `{name}`; {what}",
    "faults.yaml has no enquiry `{name}`; {what}": "faults.yaml no tiene la consulta `{name}`; {what}",
    "faults.yaml has no kind `{name}`; {what}": "faults.yaml no tiene el tipo `{name}`; {what}",
    "the fault `{name}` of faults.yaml is missing: what does it earn?": (
        "falta `{name}`, una falla de faults.yaml: ¿qué se abona por ella?"
    ),
    "`{name}` earns credits; it cannot be charged": "`{name}` recibe bonificación; no se le puede cobrar",
    "expected more than 0, or null where billing sets the amount": (
        "se espera más de 0, o null si Facturación pone el monto"
    ),
    "channels needs a word for other, which stands for every channel not named": (
        "channels necesita una palabra para other, que vale para los canales que no se nombran"
    ),
    "states needs a word for closed, else no ticket is ever seen to end": (
        "states necesita una palabra para closed; sin ella ningún ticket se vería cerrado"
    ),
    "level {level} has no department": "el nivel {level} no tiene departamento",
    "department {id} does not stand under `names`": "el departamento {id} no está debajo de `names`",
    "departments.yaml names no department {id}": "departments.yaml no nombra el departamento {id}",
    "`{word}` closes the ticket; expected a state of open ones": (
        "`{word}` cierra el ticket; se espera un estado de tickets abiertos"
    ),
    "the enquiry `{name}` of faults.yaml has no department": (
        "la consulta `{name}` de faults.yaml no tiene departamento"
    ),
    "capital letters and digits, then a hyphen: `RC-`": "mayúsculas y cifras, y al final un guion: `RC-`",
    "`{name}` is missing: when a visit without half-day ends": (
        "falta `{name}`: a qué hora termina una visita sin turno"
    ),
    "small letters, digits and `_`: `no_access`": "minúsculas, cifras y `_`: `no_access`",
    "`{name}` is there already; add the words to it": "`{name}` ya está; agregue ahí las palabras",
    "`{name}` is built in: what matches nothing": (
        "`{name}` ya existe por sí solo: lo que no coincide con nada"
    ),
    "`{name}` is a fault": "`{name}` es una falla (fault)",
    "the kind `{name}` is missing": "falta el tipo `{name}`",
    "`{words}` already stands under `{name}`, which would always win": (
        "`{words}` ya está en `{name}`, que siempre ganaría"
    ),
    "expected a word or a phrase": "se espera una palabra o una frase",
    "expected one word without `#` and spaces": "se espera una sola palabra, sin `#` ni espacios",
    "whose fault it is: {what}": "de quién es la falla: {what}",
    "reads the same as `{word}`": "se lee igual que `{word}`",
    "`{name}` takes no value": "`{name}` no lleva `value`",
    "which kind of fault it is": "qué tipo de falla es",
    "the bridge itself": "el bridge mismo",
    "{id} is {name} already": "{id} ya es {name}",
    "nobody serves level {level}": "nadie atiende el nivel {level}",
}
_TEXTS = {
    "a notice is switched on, and `to` names no channel": (
        "hay un aviso encendido, y `to` no nombra ningún canal"
    ),
    "config.yaml has no `mail.smtp` to send it": "config.yaml no tiene `mail.smtp` para mandarlo",
    "config.yaml has no channel `{name}`: name it under notices.channels": (
        "config.yaml no tiene el canal `{name}`: póngalo en notices.channels"
    ),
    "config.yaml has no channel `{name}` (notices.channels); {what}": (
        "config.yaml no tiene el canal `{name}` (notices.channels); {what}"
    ),
    "unknown text `{name}`; {what}": "texto desconocido `{name}`; {what}",
    "the text `{name}` is missing": "falta el texto `{name}`",
    "unknown field `{{{name}}}`; {what}": "dato desconocido `{{{name}}}`; {what}",
    "the field `{{{name}}}` is missing": "falta el dato `{{{name}}}`",
    "; a `#` after a space begins a comment: put the text in quotes": (
        "; un `#` después de un espacio empieza un comentario: ponga el texto entre comillas"
    ),
    "a field is its name alone, without `:` or `!`": "un dato es solo su nombre, sin `:` ni `!`",
    "a brace `{` or `}` without its other half; for the sign itself write it twice": (
        "una llave `{` o `}` sin su pareja; para escribir el signo mismo, póngalo dos veces"
    ),
    "{number} characters; expected {limit} or less": "{number} letras; se esperan {limit} o menos",
    "the panel cannot store `{signs}`": "el panel no puede guardar `{signs}`",
    "expected the names of the twelve months, with spaces": (
        "se esperan los nombres de los doce meses, separados con espacios"
    ),
    "`#{word}` is a tag of staff (signals.yaml); the bridge could read it back as theirs": (
        "`#{word}` es una etiqueta del personal (signals.yaml); el bridge podría leerla como de ellos"
    ),
    'the text begins with a typographic quote, which people would see; write `"`': (
        'el texto empieza con una comilla tipográfica, que se vería; escriba `"`'
    ),
}
_EXAMPLES = {
    "another example is named `{name}`": "otro ejemplo ya se llama `{name}`",
    "expected at least one line that says what must come out": (
        "se espera al menos un renglón que diga qué debe salir"
    ),
    "on {day} this version is not in force; take a day on which it is": (
        "el {day} esta versión no está vigente; elija un día en que lo esté"
    ),
    "`{key}` is missing: a ticket that is opened again needs both": (
        "falta `{key}`: un ticket que se reabre necesita los dos"
    ),
    "expected `starts` or `day`, one of them: when the visit is": (
        "se espera `starts` o `day`, uno de los dos: cuándo es la visita"
    ),
    "no half-day `{name}`; {what}": "no hay turno `{name}`; {what}",
    "the example `{name}` expects {expected}; the rules give {given}": (
        "el ejemplo `{name}` espera {expected}; con las reglas sale {given}"
    ),
    "nothing": "nada",
    "just after {clock}": "justo después de {clock}",
}
_COMMANDS = {
    "{number} files ok in {folder}": "{number} archivos en orden en {folder}",
    "{number} schemas written to {folder}": "{number} esquemas escritos en {folder}",
}
_CONFIG = {
    "set {name} or write the value here": "defina {name} o escriba aquí el valor",
    "remove the key `database` or set {name}": "quite la clave `database` o defina {name}",
    "{name} is not set in the environment; ": "la variable de entorno {name} no está definida; ",
    "a name of letters, digits and `_` stands between `${` and `}`": (
        "entre `${` y `}` va un nombre de letras, cifras y `_`"
    ),
    "either `{name}` or `{other}`, not both": "o `{name}` o `{other}`, no los dos",
    "there is no file {path}": "no existe el archivo {path}",
    "cannot read {path}: {why}": "no se puede leer {path}: {why}",
    "{path} is not UTF-8 text": "{path} no es texto UTF-8",
    "{path} is empty": "{path} está vacío",
    "a database URL, or url_file with the file that holds it": (
        "la URL de una base de datos, o url_file con el archivo que la contiene"
    ),
    "small letters, digits, `-` and `_`: `redscomm`": "minúsculas, cifras, `-` y `_`: `redscomm`",
    "the panel's address, such as https://panel.example": (
        "la dirección del panel, por ejemplo https://panel.example"
    ),
    "write `token: ${MIKROWISP_TOKEN}`, or token_file": "escriba `token: ${MIKROWISP_TOKEN}`, o token_file",
    "write `password: ${BRIDGE_MAIL_PASSWORD}`, or password_file": (
        "escriba `password: ${BRIDGE_MAIL_PASSWORD}`, o password_file"
    ),
    "expected a mail address, such as `soporte@example.com`": (
        "se espera una dirección de correo, por ejemplo `soporte@example.com`"
    ),
    "expected letters, digits and signs without accents: mail servers take no others": (
        "se esperan letras, cifras y signos sin acentos: los servidores de correo no admiten otros"
    ),
    "expected `imap`, `smtp`, or both": "se espera `imap`, `smtp`, o ambos",
    "expected the panel's address, such as `https://panel.example`": (
        "se espera la dirección del panel, por ejemplo `https://panel.example`"
    ),
    "expected the bare address, without user, password, `?` or `#`": (
        "se espera la dirección sola, sin usuario, contraseña, `?` ni `#`"
    ),
    "expected the address without `/api/v1`, the bridge adds it": (
        "se espera la dirección sin `/api/v1`; el bridge lo agrega"
    ),
    "{drivers} before `://`": "{drivers} antes de `://`",
    "expected a port, such as `9464`, or an address and a port: `127.0.0.1:9464`": (
        "se espera un puerto, como `9464`, o una dirección y un puerto: `127.0.0.1:9464`"
    ),
    "expected a database URL: driver://user:password@host/name": (
        "se espera la URL de una base de datos: driver://usuario:contraseña@servidor/nombre"
    ),
    "expected the name of the database at the end of the URL": (
        "se espera el nombre de la base de datos al final de la URL"
    ),
    "expected at least one route": "se espera al menos una ruta",
    "expected each route once": "se espera cada ruta una sola vez",
}

SPANISH: Mapping[str, str] = {
    **_HINTS, **_VALUES, **_FILES, **_RULES, **_TEXTS, **_EXAMPLES, **_COMMANDS, **_CONFIG,
}  # fmt: skip
"""Spanish templates by their English ones."""
