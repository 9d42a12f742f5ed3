"""Cuts a slice out of a recording of snapshots.

``python -m feeds.recordings.cut FILE --from INSTANT --to INSTANT [--out FILE]``

Lines are copied as they are; the same arguments give the same bytes.
"""

import argparse
import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path

from feeds.files import lines
from feeds.prices import millis

BUNDLED = Path(__file__).with_name("worldcup_2026.jsonl.xz")
"""The slice that comes with the package; format ``the-odds-api``."""


def cut(raw: Iterable[bytes], from_ms: int, to_ms: int) -> Iterator[bytes]:
    """Yield the snapshots taken at ``from_ms`` or later, and before ``to_ms``."""
    for line in raw:
        if from_ms <= millis(json.loads(line)["snapshot_utc"]) < to_ms:
            yield line


def main() -> None:
    """Write the slice that the arguments ask for."""
    parser = argparse.ArgumentParser(description="Cut a slice out of a recording of The Odds API snapshots.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", dest="start", type=millis, required=True, metavar="INSTANT")
    parser.add_argument("--to", dest="end", type=millis, required=True, metavar="INSTANT")
    parser.add_argument("--out", type=Path, default=BUNDLED)
    args = parser.parse_args()
    with lzma.open(args.out, "wb", preset=9 | lzma.PRESET_EXTREME) as out:
        out.writelines(line + b"\n" for line in cut(lines(args.file), args.start, args.end))


if __name__ == "__main__":
    main()
