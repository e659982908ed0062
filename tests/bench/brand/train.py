"""Trains the logo classifier that ships as `crawler/derive/logo.onnx`, from packaged icons and a fixed seed.

    python -m tests.bench.brand.train --icons FOLDER
    python -m tests.bench.brand.train --icons FOLDER --mine .bench/brand/dev

Only packs, photographs and fonts of the `dev` split are seen. What the classifier takes is a square of grey
pixels around a shape, `logos.SIDE` px wide; how such squares are cut is `crawler.derive.logos`, here as there.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

import cv2
import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image, ImageDraw, ImageFont

from crawler.derive import logos
from crawler.derive.sheets import READ_SCALE
from crawler.store.bundle import Bundle
from tests.bench.brand import icons, pictures
from tests.bench.brand.capture import whole
from tests.bench.brand.pages import rasterise
from tests.bench.brand.score import meet

SEED = 20261101
DRAWN_PX = 128
POSITIVES, NEGATIVES = 11_000, 29_000
EPOCHS, BATCH, RATE = 9, 128, 2e-3
CHANNELS = (12, 24, 40)
HIDDEN = 48
MINED_TIMES, BELIEVED = 6, 0.1
LETTERS = "abdefgijJkmnpqrstuGQSPRBDb8695304&@%?♪♫♩♬dJ"

Grey = Any


def main() -> None:
    """Make the samples, train, write the model, print what it does to samples it has not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--icons", type=Path, required=True, help="folder where npm installed the icon packs")
    parser.add_argument("--out", type=Path, default=Path("crawler/derive/logo.onnx"))
    parser.add_argument(
        "--mine", type=Path, help="folder of dev pages: what the model of before mistakes there is learnt"
    )
    asked = parser.parse_args()
    split = tomllib.loads(Path(__file__).with_name("splits.toml").read_text())["dev"]
    rng = np.random.default_rng(SEED)
    squares, answers = _samples(rng, split, asked.icons)
    print(f"{len(squares)} samples", flush=True)
    if asked.mine:
        more = _mistaken(asked.mine)
        print(f"{len(more)} shapes that were mistaken, each {MINED_TIMES} times", flush=True)
        squares = np.concatenate([squares, np.repeat(more, MINED_TIMES, axis=0)])
        answers = np.concatenate([answers, np.zeros(MINED_TIMES * len(more), np.float32)])
    order = rng.permutation(len(squares))
    squares, answers = squares[order], answers[order]
    held = len(squares) // 12
    params = _train(squares[held:], answers[held:])
    _report(params, squares[:held], answers[:held])
    asked.out.write_bytes(_onnx(params))


# --- samples -------------------------------------------------------------------------------------------


def _samples(rng: np.random.Generator, split: dict[str, Any], folder: Path) -> tuple[Any, Any]:
    photos = [np.asarray(photo) for photo in pictures.photographs(tuple(split["photos"]))]
    brand = [_shape(icon) for icon in icons.logos(folder, split["icons"])]
    alike, others = icons.others(folder, split["icons"])
    notes = [_shape(icon) for icon in alike if "note" in icon.name or "music" in icon.name]
    known = [_shape(alike[at]) for at in rng.permutation(len(alike))[:1_500]]
    known += [_shape(others[at]) for at in rng.permutation(len(others))[:4_000]]
    letters = [_letter(rng, split["fonts"]) for _ in range(2_500)]
    squares = [_square(rng, _varied(rng, brand[rng.integers(len(brand))]), photos) for _ in range(POSITIVES)]
    for _ in range(NEGATIVES):
        kind = rng.random()
        if kind < 0.12:
            shape = notes[rng.integers(len(notes))]
        elif kind < 0.6:
            shape = known[rng.integers(len(known))]
        elif kind < 0.75:
            shape = letters[rng.integers(len(letters))]
        elif kind < 0.82:  # half of a logo is no logo
            shape = _part(rng, brand[rng.integers(len(brand))])
        elif kind < 0.84:
            shape = brand[rng.integers(len(brand))][:, ::-1]
        else:
            squares.append(_nothing(rng, photos))
            continue
        squares.append(_square(rng, _varied(rng, shape), photos))
    answers = np.zeros(len(squares), np.float32)
    answers[:POSITIVES] = 1
    return np.stack(squares), answers


def _shape(icon: icons.Icon) -> Grey:
    return np.asarray(rasterise(icon, DRAWN_PX))


def _letter(rng: np.random.Generator, fonts: list[str]) -> Grey:
    face = ImageFont.truetype(
        str(pictures.FONTS / fonts[rng.integers(len(fonts))]), int(rng.integers(70, 120))
    )
    picture = Image.new("L", (DRAWN_PX, DRAWN_PX))
    sign = LETTERS[rng.integers(len(LETTERS))] + (
        LETTERS[rng.integers(len(LETTERS))] if rng.random() < 0.2 else ""
    )
    ImageDraw.Draw(picture).text((DRAWN_PX / 2, DRAWN_PX / 2), sign, font=face, fill=255, anchor="mm")
    return np.asarray(picture)


def _part(rng: np.random.Generator, shape: Grey) -> Grey:
    """Return part of a shape, drawn as large as the whole."""
    y, x, height, width = _extent(shape)
    side = rng.uniform(0.35, 0.6)
    top, left = y + rng.uniform(0, 1 - side) * height, x + rng.uniform(0, 1 - side) * width
    cut = shape[int(top) : int(top + side * height) + 2, int(left) : int(left + side * width) + 2]
    return cv2.resize(cut, (DRAWN_PX, DRAWN_PX))


def _varied(rng: np.random.Generator, shape: Grey) -> Grey:
    """Return a shape drawn thinner, thicker, as an outline or a little bent: other packs draw it so."""
    kind = rng.random()
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * int(rng.integers(1, 4)) + 1,) * 2)
    padded = cv2.copyMakeBorder(shape, 12, 12, 12, 12, cv2.BORDER_CONSTANT)
    if kind < 0.2:
        padded = cv2.dilate(padded, kernel)
    elif kind < 0.32:
        padded = cv2.erode(padded, kernel)
    elif kind < 0.5:
        padded = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, kernel)
    elif kind < 0.6:
        blurred = cv2.GaussianBlur(padded, (0, 0), rng.uniform(2, 5))
        padded = ((blurred > 110) * 255).astype(np.uint8)
    size = padded.shape[0]
    bent = np.float32([[0, 0], [size, 0], [0, size]]) + rng.normal(0, 0.03 * size, (3, 2)).astype(np.float32)
    warp = cv2.getAffineTransform(np.float32([[0, 0], [size, 0], [0, size]]), bent)
    bent_shape = cv2.warpAffine(padded, warp, (size, size))
    return bent_shape if bent_shape.max() > 128 else shape


def _extent(shape: Grey) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(shape.max(1) > 100), np.flatnonzero(shape.max(0) > 100)
    if not len(rows):
        return 0, 0, shape.shape[0], shape.shape[1]
    return rows[0], columns[0], rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def _square(rng: np.random.Generator, shape: Grey, photos: list[Any]) -> Any:
    """Draw a shape somewhere in some colour and cut it out as `logos` would, not quite exactly."""
    y, x, height, width = _extent(shape)
    glyph = shape[y : y + height, x : x + width]
    size = float(np.exp(rng.uniform(np.log(11), np.log(100))))
    scale = size / max(height, width)
    glyph = cv2.resize(
        glyph, (max(4, round(width * scale)), max(4, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    height, width = glyph.shape
    field = _ground(rng, photos, 2 * max(height, width) + 16)
    top, left = (field.shape[0] - height) // 2, (field.shape[1] - width) // 2
    if rng.random() < 0.3:  # a plate under it
        by = int(rng.uniform(0.15, 0.6) * size)
        plate = (int(left - by), int(top - by)), (int(left + width + by), int(top + height + by))
        fill = rng.uniform(0, 255, 3)
        if rng.random() < 0.5:
            cv2.rectangle(field, *plate, fill.tolist(), -1)
        else:
            cv2.circle(
                field, (left + width // 2, top + height // 2), int(0.7 * size + by / 2), fill.tolist(), -1
            )
    area = field[top : top + height, left : left + width]
    behind = area.reshape(-1, 3).mean(0)
    for _ in range(30):
        colour = rng.choice([np.full(3, 255.0), np.zeros(3), rng.uniform(0, 255, 3)])
        if abs(colour.mean() - behind.mean()) > 55:
            break
    if rng.random() < 0.3:
        by = max(1, round(size / 24))
        for tint, step in (((37, 244, 238), -by), ((254, 44, 85), by)):
            _paint(field, glyph, (top + step, left + step), np.float32(tint))
    _paint(field, glyph, (top, left), colour.astype(np.float32))
    quality = int(rng.integers(55, 100))
    field = cv2.imdecode(cv2.imencode(".jpg", np.clip(field, 0, 255).astype(np.uint8), [1, quality])[1], 1)
    jitter = 0.06 * max(height, width)
    grow = rng.normal(0, jitter, 2)
    box = (
        left + rng.normal(0, jitter),
        top + rng.normal(0, jitter),
        max(6.0, width + grow[0]),
        max(6.0, height + grow[1]),
    )
    return logos.square(cv2.cvtColor(field, cv2.COLOR_BGR2GRAY), box)


def _paint(field: Any, glyph: Grey, at: tuple[int, int], colour: Any) -> None:
    area = field[at[0] : at[0] + glyph.shape[0], at[1] : at[1] + glyph.shape[1]]
    cover = glyph[: area.shape[0], : area.shape[1], None].astype(np.float32) / 255
    area[:] = area * (1 - cover) + colour * cover


def _ground(rng: np.random.Generator, photos: list[Any], side: int) -> Any:
    if rng.random() < 0.5:
        return np.tile(
            rng.choice([np.full(3, 255.0), np.full(3, 20.0), rng.uniform(0, 255, 3)]).astype(np.float32),
            (side, side, 1),
        )
    photo = photos[rng.integers(len(photos))]
    cut = int(min(min(photo.shape[:2]) - 1, side * rng.uniform(0.7, 3)))
    top, left = rng.integers(photo.shape[0] - cut), rng.integers(photo.shape[1] - cut)
    return cv2.resize(
        photo[top : top + cut, left : left + cut], (side, side), interpolation=cv2.INTER_AREA
    ).astype(np.float32)


def _nothing(rng: np.random.Generator, photos: list[Any]) -> Any:
    """Return what a photograph alone offers as a shape."""
    for _ in range(20):
        field = _ground(rng, photos, 240) if rng.random() < 0.9 else _ground(rng, photos, 120)
        grey = cv2.cvtColor(field.astype(np.uint8), cv2.COLOR_RGB2GRAY)
        found = logos.proposals(grey)
        if found:
            return logos.square(grey, found[rng.integers(len(found))])
    return logos.square(grey, (40.0, 40.0, 60.0, 60.0))


def _mistaken(folder: Path) -> Any:
    """Return squares of dev pages and of photographs that are no logo and that the shipped model half believes in."""
    (root,) = (folder / "snapshots" / "bench-brand").iterdir()
    bundle, found = Bundle(root), []
    for page in json.loads((folder / "labels.json").read_text()):
        known = [label["box"] for label in page["labels"] if label["kind"] == "logo"]
        shown = whole(bundle, page["visit"])
        by = READ_SCALE / page["scale"]
        grey = np.asarray(
            shown.resize(
                (round(shown.width * by), round(shown.height * by)), Image.Resampling.LANCZOS
            ).convert("L")
        )
        small = cv2.resize(grey, None, fx=1 / READ_SCALE, fy=1 / READ_SCALE, interpolation=cv2.INTER_AREA)
        boxes = [box for box in logos.proposals(small) if not any(meet(box, other) for other in known)]
        squares = [logos.square(grey, tuple(edge * READ_SCALE for edge in box)) for box in boxes]
        found += [
            each for each, score in zip(squares, logos.scores(squares), strict=True) if score > BELIEVED
        ]
    split = tomllib.loads(Path(__file__).with_name("splits.toml").read_text())["dev"]
    for photo in pictures.photographs(tuple(split["photos"])):
        for size in (1_366, 800, 480, 300):
            shown = photo.resize((size, round(photo.height * size / photo.width)), Image.Resampling.LANCZOS)
            grey = np.asarray(shown.convert("L"))
            squares = [logos.square(grey, box) for box in logos.proposals(grey)]
            found += [
                each for each, score in zip(squares, logos.scores(squares), strict=True) if score > BELIEVED
            ]
    return np.stack(found)


# --- network -------------------------------------------------------------------------------------------


def _new(key: Any) -> dict[str, Any]:
    params, last = {}, 1
    for number, channels in enumerate(CHANNELS):
        key, used = jax.random.split(key)
        params[f"w{number}"] = jax.random.normal(used, (channels, last, 3, 3)) * np.sqrt(2 / (9 * last))
        params[f"b{number}"] = jnp.zeros(channels)
        last = channels
    flat = last * (logos.SIDE // 8) ** 2
    key, one, two = jax.random.split(key, 3)
    params["w8"] = jax.random.normal(one, (flat, HIDDEN)) * np.sqrt(2 / flat)
    params["b8"] = jnp.zeros(HIDDEN)
    params["w9"] = jax.random.normal(two, (HIDDEN, 1)) * np.sqrt(1 / HIDDEN)
    params["b9"] = jnp.zeros(1)
    return params


def _logit(params: dict[str, Any], squares: Any) -> Any:
    x = squares[..., None]
    for number in range(len(CHANNELS)):
        kernel = params[f"w{number}"].transpose(2, 3, 1, 0)
        x = jax.lax.conv_general_dilated(
            x, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        n, height, width, channels = x.shape
        x = x.reshape(n, height // 2, 2, width // 2, 2, channels).max((2, 4))
        x = jax.nn.relu(x + params[f"b{number}"])
    x = x.transpose(0, 3, 1, 2)
    x = jax.nn.relu(x.reshape(x.shape[0], -1) @ params["w8"] + params["b8"])
    return (x @ params["w9"] + params["b9"])[:, 0]


def _train(squares: Any, answers: Any) -> dict[str, Any]:
    def loss(params: Any, x: Any, y: Any) -> Any:
        z = _logit(params, x)
        decay = sum(jnp.sum(value**2) for name, value in params.items() if name[0] == "w")
        return jnp.mean(jax.nn.softplus(z) - y * z) + 2e-5 * decay

    @jax.jit
    def step(params: Any, first: Any, second: Any, x: Any, y: Any, t: Any, rate: Any) -> Any:
        grads = jax.grad(loss)(params, x, y)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)
        params = jax.tree.map(
            lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8),
            params,
            first,
            second,
        )
        return params, first, second

    params = _new(jax.random.PRNGKey(SEED))
    first = jax.tree.map(jnp.zeros_like, params)
    second = jax.tree.map(jnp.zeros_like, params)
    rng, t, total = np.random.default_rng(SEED), 0, EPOCHS * (len(squares) // BATCH)
    for _ in range(EPOCHS):
        order = rng.permutation(len(squares))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            t += 1
            rate = RATE * 0.5 * (1 + np.cos(np.pi * t / total))
            at = order[start : start + BATCH]
            params, first, second = step(params, first, second, squares[at], answers[at], t, rate)
        print(f"step {t} of {total}", flush=True)
    return params


def _report(params: dict[str, Any], squares: Any, answers: Any) -> None:
    scores = np.concatenate(
        [np.asarray(_logit(params, squares[at : at + 1_024])) for at in range(0, len(squares), 1_024)]
    )
    for share in (0.005, 0.001):
        limit = np.quantile(scores[answers == 0], 1 - share)
        recall = (scores[answers == 1] > limit).mean()
        print(f"recall at {share:.1%} false: {recall:.3f} (logit {limit:.2f})")


def _onnx(params: dict[str, Any]) -> bytes:
    """Return the network as ONNX: squares in, probability out."""
    made = {
        name: numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in params.items()
    }
    nodes, last = [], "squares"
    for number in range(len(CHANNELS)):
        nodes += [
            helper.make_node("Conv", [last, f"w{number}", f"b{number}"], [f"c{number}"], pads=[1, 1, 1, 1]),
            helper.make_node("Relu", [f"c{number}"], [f"r{number}"]),
            helper.make_node("MaxPool", [f"r{number}"], [f"p{number}"], kernel_shape=[2, 2], strides=[2, 2]),
        ]
        last = f"p{number}"
    nodes += [
        helper.make_node("Flatten", [last], ["flat"]),
        helper.make_node("Gemm", ["flat", "w8", "b8"], ["h"]),
        helper.make_node("Relu", ["h"], ["hr"]),
        helper.make_node("Gemm", ["hr", "w9", "b9"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["logo"]),
    ]
    graph = helper.make_graph(
        nodes, "logo",
        [helper.make_tensor_value_info("squares", TensorProto.FLOAT, ["n", 1, logos.SIDE, logos.SIDE])],
        [helper.make_tensor_value_info("logo", TensorProto.FLOAT, ["n", 1])],
        list(made.values()),
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


if __name__ == "__main__":
    main()
