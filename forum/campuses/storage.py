"""A network as bytes for the database and back: msgpack, compressed; 10,000 stops are a few hundred kilobytes."""

import zlib

import msgspec

from forum.campuses.network import Network


class _Stored(msgspec.Struct, array_like=True):
    """What is kept; a field is only ever added at the end."""

    network: Network


def pack(network: Network) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(_Stored(network)), 6)


def unpack(stored: bytes) -> Network:
    """The network *stored* holds. Raises msgspec.ValidationError for bytes `pack` did not make."""
    return msgspec.msgpack.decode(zlib.decompress(stored), type=_Stored).network
