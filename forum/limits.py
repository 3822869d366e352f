"""How much one network address may ask for without being known: a bound for each kind in ten minutes, counted in this process's memory.

A campus's guests share one address, so the bounds are wide; what one person's mailbox and codes bear is counted in the database, by `mail` and `people.sign_in`.
"""

from collections import Counter
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from forum.errors import TooOften
from forum.i18n import N_

WITHIN_SECONDS: Final = 600
MOST: Final = {"ask": 300, "code": 300, "register": 600}  # sign-ins asked for, codes tried, registrations sent
PREFIX_V6: Final = 64  # what one household or one machine has to choose from

_turn = 0
_spent: Counter[tuple[str, str]] = Counter()


def spend(kind: str, host: str, *, now: datetime) -> None:
    """Count one *kind* for the client at *host* (as the server or a trusted proxy names it). Raises TooOften past the bound.

    This machine itself is not counted: behind a proxy that was not declared everybody would be the same client.
    """
    global _turn
    turn = int(now.timestamp()) // WITHIN_SECONDS
    if turn != _turn:
        _turn = turn
        _spent.clear()
    network = network_of(host)
    if not network:
        return
    _spent[kind, network] += 1
    if _spent[kind, network] > MOST[kind]:
        raise TooOften(N_("Too many tries from your network. Wait ten minutes."), seconds=WITHIN_SECONDS - int(now.timestamp()) % WITHIN_SECONDS)


def network_of(host: str) -> str:
    """Who is counted as one: an IPv4 address, an IPv6 /64; '' for this machine and for what is no address."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_loopback:
        return ""
    return str(ip_network((address, PREFIX_V6), strict=False)) if address.version == 6 else str(address)


def forget() -> None:
    """Count anew: between tests."""
    _spent.clear()
