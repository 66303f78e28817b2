"""Invented people, plans and departments; every name, address and secret here is made up."""

from __future__ import annotations

import random
from typing import Any

DEPARTMENTS: tuple[tuple[int, str], ...] = (
    (1, "Soporte técnico"),
    (2, "Ventas"),
    (3, "Quejas y Sugerencias"),
    (4, "Soporte nivel 2"),
    (5, "Soporte nivel 3"),
    (6, "Facturación"),
    (7, "Atención a clientes"),
)
SUBJECTS = "Sin internet\nInternet lento\nCambio de domicilio\nDescuento o compensación\nOtros"

BRIDGE_OPERATOR = 9
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105  invented, and good for nothing but a loopback sandbox
OPERATORS: tuple[dict[str, Any], ...] = (
    {"id": 1, "username": "admin", "nombre": "Administrador"},
    {"id": BRIDGE_OPERATOR, "username": "bridge", "nombre": "Bridge API", "api": True},
    {"id": 11, "username": "nivel1.luz", "nombre": "Luz Arriaga Pineda"},
    {"id": 12, "username": "nivel1.saul", "nombre": "Saúl Monroy Tapia"},
    {"id": 13, "username": "nivel1.irma", "nombre": "Irma Cedillo Rueda"},
    {"id": 21, "username": "nivel2.beto", "nombre": "Norberto Galindo Sosa"},
    {"id": 22, "username": "nivel2.mayra", "nombre": "Mayra Peña Zúñiga"},
    {"id": 31, "username": "nivel3.hugo", "nombre": "Hugo Barrientos Lara"},
    {"id": 32, "username": "nivel3.ines", "nombre": "Inés Villalpando Cano"},
)

PLANS: tuple[dict[str, Any], ...] = (
    {"id": 1, "plan": "Plan 25M", "price": "300.00", "tax": "16.00"},
    {"id": 2, "plan": "Plan 50M", "price": "349.00", "tax": "16.00"},
    {"id": 3, "plan": "Plan 100M", "price": "400.00", "tax": "16.00"},
)
ZONES: tuple[tuple[int, str], ...] = ((1, "Centro"), (2, "Norte"), (3, "Sur"), (4, "Las Lomas"))

_FIRST = (
    "Ana",
    "Bruno",
    "Celia",
    "Darío",
    "Elsa",
    "Fermín",
    "Gloria",
    "Héctor",
    "Itzel",
    "Joel",
    "Karina",
    "Lalo",
)
_LAST = ("Acuña", "Barajas", "Carmona", "Duarte", "Escobedo", "Farías", "Godínez", "Huerta", "Islas",
         "Jaimes", "Leyva", "Muñiz", "Nava", "Ordaz", "Pacheco", "Quiroz", "Rosales", "Sandoval")  # fmt: skip
_STREETS = ("Calle Jacaranda", "Av. del Puente", "Calle Mezquite", "Privada Roble", "Calle 5 de Enero")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def customer(number: int) -> dict[str, Any]:
    """Invent the customer with this id; the same id is always the same person."""
    dice = random.Random(number)  # noqa: S311  invented people need no secrecy
    plan = PLANS[(number - 1) % len(PLANS)]
    name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)} {dice.choice(_LAST)}"
    return {
        "id": number,
        "nombre": name.upper() + (" " if number % 7 == 0 else ""),  # Real ones end in a space now and then.
        "plan": plan["id"],
        "zone": ZONES[(number - 1) % len(ZONES)][0],
        "node": 1 + (number - 1) % 4,
        "pay_day": 1,
        **contact(number),
        "direccion": f"{dice.choice(_STREETS)} {dice.randint(1, 400)}",
    }


def contact(number: int) -> dict[str, str]:
    """Invent the contact data and secrets of the customer with this id."""
    return {
        "correo": f"cliente{number}@example.com",
        "telefono": f"55000{number:05d}",
        "movil": f"55990{number:05d}",
        "cedula": f"INE{number:07d}",
        "codigo": secret(f"portal-{number}"),
    }


def secret(what: str) -> str:
    """Invent a password; the same word always gives the same one."""
    dice = random.Random(what)  # noqa: S311  invented passwords need no secrecy
    return "".join(dice.choice(_ALPHABET) for _ in range(10))


def address(number: int) -> str:
    """Invent an IP address out of the block kept for documentation."""
    return f"192.0.2.{1 + number % 254}"
