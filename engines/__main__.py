"""`python -m engines kraken` starts one engine worker that speaks `app.protocol` over its standard input and output."""

import sys

from engines.base import Engine
from engines.host import serve


def _make(name: str) -> Engine:
    if name == "kraken":
        from engines.kraken_engine import KrakenEngine

        return KrakenEngine()
    raise SystemExit(f"there is no engine “{name}”")


if __name__ == "__main__":
    serve(lambda: _make(sys.argv[1] if len(sys.argv) > 1 else ""))
