"""Which partition a key belongs to: murmur2, as Kafka's Java client, Faust and aiokafka have it."""

from functools import lru_cache

_MASK = 0xFFFFFFFF
_MIX = 0x5BD1E995


def murmur2(data: bytes) -> int:
    """Return Kafka's 32-bit murmur2 of ``data``, unsigned."""
    length = len(data)
    h = (0x9747B28C ^ length) & _MASK
    whole = length & ~3
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little")
        k = (k * _MIX) & _MASK
        k ^= k >> 24
        k = (k * _MIX) & _MASK
        h = ((h * _MIX) & _MASK) ^ k
    tail = data[whole:]
    if tail:
        h ^= int.from_bytes(tail, "little")
        h = (h * _MIX) & _MASK
    h ^= h >> 13
    h = (h * _MIX) & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=200_000)
def partition_of(key: str, partitions: int) -> int:
    """Return the partition, 0 to ``partitions`` - 1, that a producer's default choice gives ``key``."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
