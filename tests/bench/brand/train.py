"""Trains the logo classifiers that ship as `crawler/derive/pictures/logo-first.onnx` and `logo.onnx`, from a fixed seed.

    python -m tests.bench.brand.train --icons .bench/brand/icons
    python -m tests.bench.brand.train --icons .bench/brand/icons --without ic bxl --out FOLDER

Both learn from the same squares. In a second round they learn from what the first round mistook as well. Packs,
photographs and fonts are those of the tables `train` and `dev` of `splits.toml`; nothing of `test` is seen.
`--without` leaves packs out, to see what becomes of drawings that the classifiers were never shown.
"""

from __future__ import annotations

import argparse
import tomllib
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from crawler.derive.pictures import logos
from tests.bench.brand import network
from tests.bench.brand.network import Layer, Shape
from tests.bench.brand.samples import Samples

SEED = 20261101
# Parts that are drawn at a time, and how many of which: squares of the logo, of other shapes, scenes without a logo.
PART = 500
FIRST_ROUND = {"logos": 30, "others": 36, "scenes": 24}
SECOND_ROUND = {"others": 30, "scenes": 40}
SCENES, FROM_SCENE = 20, 400  # scenes a part, squares of each
FROM_FIRST_SCENES = 500  # squares a part that the first round takes
BELIEVED, MINED_TIMES = 0.1, 4  # what the first round believes in by this much is learnt again, so many times
EPOCHS = {"try": 4, logos.FIRST: 3, logos.LAST: 6}
WORKERS = 2
FIRST = Shape((Layer(8, 5, step=2), Layer(16, 3, step=2), Layer(24, 3, step=2)), 24)
LAST = Shape((Layer(16, 3, pool=2), Layer(32, 3, pool=2), Layer(48, 3, pool=2)), 64)

_drawer: list[Samples] = []  # what the worker processes draw with; they are forked with it


def main() -> None:
    """Draw the samples, train in two rounds, write the models, print what they do to samples they have not seen."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--icons", type=Path, required=True, help="folder where npm installed the icon packs")
    parser.add_argument(
        "--out", type=Path, default=Path("crawler/derive/pictures"), help="folder for the models"
    )
    parser.add_argument("--without", nargs="+", default=[], metavar="PACK", help="icon packs to leave out")
    asked = parser.parse_args()
    _drawer[:] = [_samples(asked)]
    with get_context("fork").Pool(WORKERS) as pool:
        first = _drawn(pool, FIRST_ROUND, 0)
        second = _drawn(pool, SECOND_ROUND, 1)
    rng = np.random.default_rng(SEED)
    first["scenes"] = [each[rng.permutation(len(each))[:FROM_FIRST_SCENES]] for each in first["scenes"]]
    squares = np.concatenate([*first["logos"], *first["others"], *first["scenes"]])
    answers = np.zeros(len(squares), np.float32)
    answers[: sum(len(each) for each in first["logos"])] = 1
    order = rng.permutation(len(squares))
    squares, answers = squares[order], answers[order]
    held = len(squares) // 20
    print(f"{len(squares)} squares, of them {answers.sum():.0f} of the logo", flush=True)
    params = network.train(LAST, squares[held:], answers[held:], seed=SEED, epochs=EPOCHS["try"])
    tried = np.concatenate([*second["others"], *second["scenes"]])
    mistaken = tried[network.scores(LAST, params, tried) > BELIEVED]
    print(
        f"{len(mistaken)} of {len(tried)} squares were mistaken, each learnt {MINED_TIMES} times", flush=True
    )
    again = np.concatenate([squares[held:], np.repeat(mistaken, MINED_TIMES, axis=0)])
    truth = np.concatenate([answers[held:], np.zeros(MINED_TIMES * len(mistaken), np.float32)])
    for name, shape in ((logos.FIRST, FIRST), (logos.LAST, LAST)):
        params = network.train(shape, again, truth, seed=SEED, epochs=EPOCHS[name])
        print(name)
        _report(network.scores(shape, params, squares[:held]), answers[:held])
        (asked.out / name).write_bytes(network.to_onnx(shape, params))


def _samples(asked: argparse.Namespace) -> Samples:
    table = tomllib.loads(Path(__file__).with_name("splits.toml").read_text())
    made_of = {**table["train"], "fonts": table["dev"]["fonts"]}
    made_of["icons"] = [pack for pack in made_of["icons"] if pack not in asked.without]
    copy = table["copy"]
    said = [*copy["brand"], *copy["filler"], *copy["products"], *table["dev"]["near_misses"]]
    return Samples(made_of, said, asked.icons)


def _drawn(pool: Any, parts: dict[str, int], number: int) -> dict[str, list[Any]]:
    """Return the parts of a round, each drawn from a seed of its own."""
    return {
        kind: pool.map(_part, [(kind, number, part) for part in range(count)], chunksize=1)
        for kind, count in parts.items()
    }


def _part(wanted: tuple[str, int, int]) -> Any:
    kind, number, part = wanted
    cv2.setNumThreads(1)
    (drawer,) = _drawer
    drawer.start(SEED + 100_000 * number + 1_000 * sorted(FIRST_ROUND).index(kind) + part)
    if kind == "logos":
        return drawer.logos(PART)
    return drawer.others(PART) if kind == "others" else drawer.scenes(SCENES, FROM_SCENE)


def _report(scores: Any, answers: Any) -> None:
    for share in (0.005, 0.001):
        limit = np.quantile(scores[answers == 0], 1 - share)
        print(
            f"  recall at {share:.1%} false: {(scores[answers == 1] > limit).mean():.3f} (from {limit:.3f})"
        )
    for limit in (logos.POSSIBLE, logos.SURE):
        print(f"  from {limit}: recall {(scores[answers == 1] >= limit).mean():.3f}, "
              f"false {(scores[answers == 0] >= limit).mean():.4f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
