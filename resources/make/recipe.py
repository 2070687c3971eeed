"""The starter model's recipe: held-out pages, architecture, data sets, stages of training, seed."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20261123
LINE_HEIGHT = 48

TEST_PAGES = (
    "EHRI-BF-19380111_DE_01", "EHRI-ET-WL1375B307_07", "EHRI-ET-WL16560176_07",
    "EHRI-BF-19380509b_EN_03", "EHRI-DR-19390125-US_02",
    "FRAN_0011_11089_L-medium", "FRAN_0150_0104_L-medium",
)  # fmt: skip
VALIDATION_PAGES = (
    "EHRI-ET-WL16560158_12", "EHRI-BF-19381105_DE_03", "EHRI-BF-19380810_EN_01", "32_80e8b_default",
)  # fmt: skip

SPEC = "[1,48,0,1 Cr4,4,32,2,2 Gn8 Cr3,3,48,2,2 Gn8 Cr3,3,64,2,1 Gn8 S1(1x0)1,3 Lbx112 Do0.1,2 Lbx112 Do0.1,2]"


@dataclass(frozen=True)
class Rendered:
    """A set of rendered lines: how many, how wide, how full of text, how much in antiqua or with ragged ends."""

    name: str
    count: int
    width: int
    full: tuple[float, float]
    antiqua: float
    seed: int
    ragged: float = 0.0


@dataclass(frozen=True)
class Real:
    """A set of real lines: every line of the training pages so many times, varied."""

    name: str
    times: int
    width: int
    seed: int
    ragged: float = 0.0


@dataclass(frozen=True)
class Stage:
    """One run of `ketos train`."""

    name: str
    sets: tuple[str, ...]
    epochs: int
    rate: float
    schedule: str
    last_rate: float = 1e-6
    warmup: int = 0
    batch: int = 32


# Every line of a set has one width: kraken's LSTM takes a third of the time when a batch's lines are equally long.
SETS: tuple[Rendered | Real, ...] = (
    Rendered("short", 12000, 416, (0.5, 1.0), 0.2, 1),
    Rendered("middle", 14000, 704, (0.9, 1.3), 0.2, 3),
    Real("real1", 5, 1344, 2),
    Rendered("long1", 2000, 1344, (0.9, 1.3), 0.25, 5),
    Real("real2", 7, 1344, 4, ragged=0.5),
    Rendered("long2", 1500, 1344, (0.9, 1.3), 0.25, 6, ragged=0.5),
)
STAGES: tuple[Stage, ...] = (
    Stage("1-short", ("short",), epochs=2, rate=1e-3, schedule="constant", warmup=300, batch=16),
    Stage("2-middle", ("middle",), epochs=2, rate=1e-3, schedule="constant"),
    Stage("3-real", ("real1", "long1"), epochs=6, rate=1e-3, schedule="cosine", last_rate=3e-4),
    Stage("4-real", ("real2", "long2"), epochs=6, rate=3e-4, schedule="cosine"),
)
