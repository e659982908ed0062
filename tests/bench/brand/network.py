"""Small convolutional networks in jax: trained from a fixed seed, written as ONNX."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from crawler.derive.pictures import logos

BATCH, RATE, DECAY = 128, 2e-3, 2e-5


class Layer(NamedTuple):
    """A convolution: how many channels, how wide its kernel, its step, and over how many px it takes the largest."""

    channels: int
    kernel: int
    step: int = 1
    pool: int = 1


class Shape(NamedTuple):
    """A network: its convolutions, and how many units stand before the answer."""

    layers: tuple[Layer, ...]
    hidden: int


Params = dict[str, Any]


def train(shape: Shape, squares: Any, answers: Any, *, seed: int, epochs: int) -> Params:
    """Return what a network learns from squares (`uint8`) and their answers, 0 or 1."""

    def loss(params: Params, x: Any, y: Any) -> Any:
        z = logit(shape, params, x)
        decay = sum(jnp.sum(value**2) for name, value in params.items() if name[0] == "w")
        return jnp.mean(jax.nn.softplus(z) - y * z) + DECAY * decay

    @jax.jit
    def step(params: Params, first: Params, second: Params, x: Any, y: Any, t: Any, rate: Any) -> Any:
        grads = jax.grad(loss)(params, x, y)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, grads)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, grads)
        params = jax.tree.map(
            lambda p, m, v: p - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8),
            params, first, second,
        )  # fmt: skip
        return params, first, second

    params = _new(shape, jax.random.PRNGKey(seed))
    first, second = jax.tree.map(jnp.zeros_like, params), jax.tree.map(jnp.zeros_like, params)
    rng, t, total = np.random.default_rng(seed), 0, epochs * (len(squares) // BATCH)
    for _ in range(epochs):
        order = rng.permutation(len(squares))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            t += 1
            at = order[start : start + BATCH]
            turned = rng.choice((-1, 1), (BATCH, 1, 1, 1))  # light on dark is dark on light
            given = (logos.normalised(squares[at]) * turned).astype(np.float32)
            rate = RATE * 0.5 * (1 + np.cos(np.pi * t / total))
            params, first, second = step(params, first, second, given, answers[at], t, rate)
        print(f"  step {t} of {total}", flush=True)
    return params


def scores(shape: Shape, params: Params, squares: Any) -> Any:
    """Return how sure a network is of each square, 0 to 1."""
    answer = jax.jit(lambda given: jax.nn.sigmoid(logit(shape, params, given)))
    whole = -len(squares) % 512  # to fill the last batch: a new length is compiled anew
    padded = np.concatenate([squares, np.zeros((whole, *squares.shape[1:]), np.uint8)])
    found = [np.asarray(answer(logos.normalised(padded[at : at + 512]))) for at in range(0, len(padded), 512)]
    return np.concatenate(found)[: len(squares)] if found else np.empty(0, np.float32)


def logit(shape: Shape, params: Params, squares: Any) -> Any:
    """Return what a network says of squares as `logos.normal` gives them."""
    x = squares.transpose(0, 2, 3, 1)
    for number, layer in enumerate(shape.layers):
        edge, kernel = layer.kernel // 2, params[f"w{number}"].transpose(2, 3, 1, 0)
        x = jax.lax.conv_general_dilated(
            x, kernel, (layer.step,) * 2, ((edge, edge),) * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        n, height, width, channels = x.shape
        x = x.reshape(n, height // layer.pool, layer.pool, width // layer.pool, layer.pool, channels).max(
            (2, 4)
        )
        x = jax.nn.relu(x + params[f"b{number}"])
    x = x.transpose(0, 3, 1, 2)
    x = jax.nn.relu(x.reshape(x.shape[0], -1) @ params["wh"] + params["bh"])
    return (x @ params["wz"] + params["bz"])[:, 0]


def _new(shape: Shape, key: Any) -> Params:
    params, last, side = {}, 1, logos.SIDE
    for number, layer in enumerate(shape.layers):
        key, used = jax.random.split(key)
        fan = layer.kernel**2 * last
        params[f"w{number}"] = jax.random.normal(
            used, (layer.channels, last, layer.kernel, layer.kernel)
        ) * np.sqrt(2 / fan)
        params[f"b{number}"] = jnp.zeros(layer.channels)
        last, side = layer.channels, side // (layer.step * layer.pool)
    key, one, two = jax.random.split(key, 3)
    flat = last * side**2
    params["wh"], params["bh"] = (
        jax.random.normal(one, (flat, shape.hidden)) * np.sqrt(2 / flat),
        jnp.zeros(shape.hidden),
    )
    params["wz"], params["bz"] = (
        jax.random.normal(two, (shape.hidden, 1)) * np.sqrt(1 / shape.hidden),
        jnp.zeros(1),
    )
    return params


def to_onnx(shape: Shape, params: Params) -> bytes:
    """Return a network as ONNX: squares in, probability out."""
    made = [numpy_helper.from_array(np.asarray(value, np.float32), name) for name, value in params.items()]
    nodes, last = [], "squares"
    for number, layer in enumerate(shape.layers):
        nodes += [
            helper.make_node("Conv", [last, f"w{number}", f"b{number}"], [f"c{number}"],
                             pads=[layer.kernel // 2] * 4, strides=[layer.step] * 2),
            helper.make_node("Relu", [f"c{number}"], [f"r{number}"]),
        ]  # fmt: skip
        last = f"r{number}"
        if layer.pool > 1:
            pool = [layer.pool] * 2
            nodes.append(helper.make_node("MaxPool", [last], [f"p{number}"], kernel_shape=pool, strides=pool))
            last = f"p{number}"
    nodes += [
        helper.make_node("Flatten", [last], ["flat"]),
        helper.make_node("Gemm", ["flat", "wh", "bh"], ["h"]),
        helper.make_node("Relu", ["h"], ["hr"]),
        helper.make_node("Gemm", ["hr", "wz", "bz"], ["z"]),
        helper.make_node("Sigmoid", ["z"], ["logo"]),
    ]
    graph = helper.make_graph(
        nodes, "logo",
        [helper.make_tensor_value_info("squares", TensorProto.FLOAT, ["n", 1, logos.SIDE, logos.SIDE])],
        [helper.make_tensor_value_info("logo", TensorProto.FLOAT, ["n", 1])],
        made,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
