"""`python -m engines kraken` (or `surya`) starts a worker that speaks `app.protocol` over its standard streams."""

import sys

from engines.base import Engine
from engines.host import serve


def _make(name: str) -> Engine:
    if name == "kraken":
        from engines.kraken_engine import KrakenEngine

        return KrakenEngine()
    if name == "surya":
        from engines.surya_engine import SuryaEngine

        return SuryaEngine()
    raise SystemExit(f"there is no engine “{name}”")


if __name__ == "__main__":
    serve(lambda: _make(sys.argv[1] if len(sys.argv) > 1 else ""))
