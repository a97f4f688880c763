"""The Guide's drawings: diagrams, sketches, lists of words. Text in them is always escaped."""

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Trace, train
from gdplay.experiment import Experiment, Run
from gdplay.figures.marks import line_mark, source_of
from gdplay.figures.theme import THEMES, Theme
from gdplay.loss.fit import Fit
from gdplay.loss.surfaces import SURFACES
from gdplay.optimizers import SGD
from gdplay.teaching.guide import LOOP, VARIANTS
from gdplay.theory.curvature import curvature
from gdplay.words import quantity

MOST_STATES = 600
"""So many states of a path are sketched."""

MARGIN = 0.12
"""Layout: a share of what a sketch holds is left free on each side."""


def ways_to_cut(fit: Fit, runs: Sequence[Run], paths: Sequence[str], theme: Theme) -> str:
    """Return the diagram: the rows, three ways to cut an epoch with a sketch each, one rule."""
    n, ways = fit.n_samples, ""
    for place, (run, (name, *_)) in enumerate(zip(runs, VARIANTS, strict=True)):
        rows, updates = run.rows(n), run.updates_per_epoch(n)
        count = "all " * (rows == n) + f"{quantity(rows, 'row')} an update"
        ways += (
            f'<div class="gd-way" style="--run:{theme.run_color(place)}">{line_mark(theme, place)} '
            f"<b>{name} gradient descent</b><small>{count}, {quantity(updates, 'update')} an epoch"
            f"</small>{_epoch(n, rows, updates)}{paths[place]}</div>"
        )
    fork = f'<div class="gd-fork">{"<span>↓</span>" * 3}</div>'
    return (
        f'<div class="gd-map"><div class="gd-node">{quantity(n)} training rows<small>one epoch '
        f"uses each of them once</small></div>{fork}{ways}{fork}"
        '<div class="gd-node">The mean gradient of a batch goes to the optimizer, which makes the '
        "step<small>plain step, momentum, Adam …: any optimizer runs with any variant</small></div>"
        "</div>"
    )


def _epoch(n: int, rows: int, updates: int) -> str:
    """Return a bar: an epoch cut into updates as wide as their rows, the first one full."""
    many = updates > 50
    cuts = [rows, n - rows] if many else [*[rows] * (updates - 1), n - rows * (updates - 1)]
    pieces = "".join(f'<i style="flex-grow:{cut}"></i>' for cut in cuts)
    return f'<div class="gd-epoch{" gd-many" * many}">{pieces}</div>'


def loop() -> str:
    """Return the diagram of the loop: what is done once, and what again for each batch."""
    nodes = [f'<div class="gd-node">{name}<small>{about}</small></div>' for name, about in LOOP]
    return (
        f'<div class="gd-loop">{"".join(nodes[:2])}<div class="gd-again">'
        f"<span>no: next batch</span>{''.join(nodes[2:7])}</div>{nodes[7]}</div>"
    )


# Sketches


def paths(experiment: Experiment, traces: Sequence[Trace], theme: Theme) -> list[str]:
    """Return a sketch per run of the default experiment: its path over level lines, all whole."""
    minimum = np.asarray(experiment.problem.minimum())
    values, vectors = np.linalg.eigh(experiment.problem.hessian(minimum))
    angle = np.linspace(0, 2 * np.pi, 60)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors / np.sqrt(values)).T
    ground = [(minimum + size * ring, theme.ring, 0.6) for size in (0.5, 2, 4, 6, 8, 10)]
    ground.append((np.array([minimum, minimum]), theme.muted, 4.0))
    ways = [trace.path[:MOST_STATES] for trace in traces]
    every = np.vstack([minimum, *ways])
    low, high = every.min(axis=0), every.max(axis=0)
    box = low - MARGIN * (high - low), high + MARGIN * (high - low)
    return [
        sketch([*ground, (way, theme.run_color(place), 1.6)], box) for place, way in enumerate(ways)
    ]


@cache
def descent(share: float, steps: int, theme_name: str) -> str:
    """Return a sketch of plain steps on x² at so many times 2/L."""
    theme, bowl = THEMES[theme_name], SURFACES["bowl"]
    run = Run(SGD(lr=share * curvature(bowl).limit))
    start = (0.55 if share > 1 else -1.1, 0.0)
    (trace,) = train(Experiment(bowl, (run,), start=start, epochs=steps))
    x = np.linspace(-1.3, 1.3, 80)
    steps_taken = np.column_stack([trace.params[0, :, 0], trace.loss[0]])
    dots = [(np.array([spot, spot]), theme.run_color(0), 4.5) for spot in steps_taken]
    lines = [(np.column_stack([x, x**2]), theme.ring, 1.2), (steps_taken, theme.run_color(0), 1.2)]
    return sketch([*lines, *dots], (np.array([-1.6, -0.12]), np.array([1.6, 1.5])))


def sketch(lines: Iterable[tuple[Array, str, float]], box: tuple[Array, Array]) -> str:
    """Return a small picture of lines (points (k, 2), colour, width) in a box (low, high)."""
    shapes, (low, high) = "", box
    for points, color, width in lines:
        spots = (points - low) / (high - low) * (240, 100)
        text = " ".join(f"{x:.1f},{100 - y:.1f}" for x, y in spots)
        shapes += f'<polyline points="{text}" stroke="{color}" stroke-width="{width}"/>'
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 100" fill="none" '
        f'stroke-linecap="round" stroke-linejoin="round">{shapes}</svg>'
    )
    return f'<img class="gd-sketch" alt="" src="{source_of(svg)}">'


# Words


def pairs(pairs: Iterable[tuple[str, str]], more: str = "") -> str:
    """Return words and what they mean."""
    text = "".join(f"<dt>{escape(word)}</dt><dd>{escape(about)}</dd>" for word, about in pairs)
    return f'<dl class="gd-words{more}">{text}</dl>'
