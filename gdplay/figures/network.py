"""A network as a picture: each unit a small map of what it says, each weight an edge."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from gdplay.arrays import Array
from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures import pieces
from gdplay.figures.fits import box_of_rows, in_focus, over_plane, standing
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import LIGHT, Theme, assembled, empty, light, plain
from gdplay.loss.fit import Fit
from gdplay.loss.models import Network, as_network
from gdplay.teaching.networks import diagram_folds
from gdplay.theory.input_plane import input_plane
from gdplay.theory.measures import final_params

COLORS = {"light": ("#635BB0", "#918929"), "dark": ("#9D9BE7", "#C9C261")}
"""Below and above zero: of the hues that classes have."""

WIDTH, HEIGHT = 170.0, 100.0
"""Layout: the paper that a network is drawn on."""

TALLEST = 15.0
"""Layout: a unit's square is as high as there is room for, and no higher."""

FILLED, LOOSEST = 0.84, 1.7
"""Layout: the share of a full layer that squares take, and how far apart those of others stand."""

MARGIN, PER_LETTER = 14.0, 2.8
"""Layout: room left of the paper for the names of the inputs, and for each letter of theirs, on a
phone too; what is longer takes its room from the paper."""

TILE = 24
"""Layout: how many cells a unit's map has along each side."""

BENDS = 12
"""Layout: an edge is drawn in so many pieces."""

WIDTHS = (0.6, 1.0, 1.6, 2.4, 3.4, 4.6, 6.0)
"""Layout: how wide edges are, from weights near zero on."""

PER_WEIGHT = 1.1
"""Layout: so much wider is an edge for each 1 that its weight is from zero."""

THINNEST = 0.4
CLEAREST = 0.8


class Net(NamedTuple):
    """What a browser needs to work out a network, whose weights stand layer after layer.

    Attributes
    ----------
    sizes : tuple of int
        How many inputs, units of each hidden layer, and outputs there are.
    activation : str
    mean, scale : ndarray
        Inputs are (powers and products of raw columns - mean) * scale.
    plane : ndarray of shape (3, d), or None
        Of more raw columns than two, a point of the picture is the first row, plus its places times
        the others: see `input_plane`.
    """

    sizes: tuple[int, ...]
    activation: str
    mean: Array
    scale: Array
    plane: Array | None


class Diagram(NamedTuple):
    """Where a network's units stand on the paper, and over what they are shown.

    Inputs that are too many for a square each stand in one, and units of the first layer show what
    they weigh: as an image of `grid`, in its rows and columns.

    Attributes
    ----------
    place : int
        The run whose network it is.
    half : float
        Half the side of a unit's square.
    middles : tuple, layer after layer, of tuples of (x, y)
    box : tuple of (low, high)
        The range of the only raw column, or of both.
    colors : tuple of three str
        Below zero, at zero, above zero.
    grid : tuple of (rows, columns), or None
        None where each input has a square of its own.
    """

    place: int
    half: float
    middles: tuple[tuple[tuple[float, float], ...], ...]
    box: tuple[tuple[float, float], ...]
    colors: tuple[str, str, str]
    grid: tuple[int, int] | None


def net_of(fit: Fit) -> Net | None:
    """Return what a browser needs to work out a fit's network; None where it has none."""
    model = as_network(fit.model)
    if model is None:
        return None
    sizes = model.wiring(fit.X.shape[1], fit.n_classes).sizes
    plane = None
    if fit.dataset.n_features > 2:
        through = input_plane(fit)
        plane = np.vstack([through.origin, through.axes])
    return Net(sizes, model.activation, fit.prepared.mean, fit.prepared.scale, plane)


def in_layers(model: Network, states: Array, n_features: int) -> Array:
    """Return parameters as a `Net` takes them, (T, n_params) -> (T, 1, n_params).

    Layer after layer: a row of weights for each input, then the biases.
    """
    parts = (
        part.reshape(len(states), -1)
        for weights, biases in model.layers(states, n_features)
        for part in (weights, biases)
    )
    return np.concatenate(list(parts), axis=1)[:, None]


def diagram(fit: Fit, place: int, theme: Theme = LIGHT) -> Diagram:
    """Return how the network of the run at `place` is drawn."""
    net = net_of(fit)
    assert net is not None
    grid = _grid(fit) if diagram_folds(fit) else None
    squares = net.sizes if grid is None else (1, *net.sizes[1:])
    half = FILLED * min(TALLEST, HEIGHT / max(squares)) / 2
    longest = max(map(len, _short_names(fit)))
    names = max(0.0, PER_LETTER * longest - MARGIN)
    across = np.linspace(names + half, WIDTH - half, len(squares))
    middles = tuple(
        tuple(zip([float(x)] * n, _up(n, half), strict=True))
        for x, n in zip(across, squares, strict=True)
    )
    below, above = COLORS[theme.name]
    box = tuple((low, high) for low, high in box_of_rows(fit))
    return Diagram(place, half, middles, box, (below, theme.paper, above), grid)


def _grid(fit: Fit) -> tuple[int, int]:
    """Return the rows and columns in which a unit's weights stand: an image's, else one row."""
    count, image = fit.X.shape[1], fit.dataset.image
    return image if image is not None and image[0] * image[1] == count else (1, count)


def _up(n: int, half: float) -> list[float]:
    """Return where the squares of a layer stand, the first on top."""
    pitch = min(HEIGHT / n, 2 * half * LOOSEST)
    return [float(HEIGHT / 2 + pitch * ((n - 1) / 2 - i)) for i in range(n)]


def network_view(
    experiment: Experiment,
    traces: Sequence[Trace],
    *,
    focus: int | None = None,
    theme: Theme = LIGHT,
    shown: Collection[int] | None = None,
) -> go.Figure:
    """Return the network of one run's seed 0 at its end: of `focus`, else of the lowest.

    A square shows what its unit says over the plane of two raw columns, or along one: as a share of
    the largest, or of 1 where that is larger. Edges are as wide as their weights are far from zero.
    """
    fit, places = experiment.problem, standing(traces, shown)
    assert isinstance(fit, Fit)
    if not places:
        why = "Every run shown is lost: there is no network to draw."
        return empty(
            theme, "The network", "All runs are hidden." if shown is not None and not shown else why
        )
    place = in_focus(traces, places, focus)
    drawn, params = diagram(fit, place, theme), final_params(traces[place])
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
    return assembled(
        theme,
        [*_edges(fit, drawn, params, theme), *_units(fit, drawn, params, theme)],
        f"The network: {labels(experiment)[place]}",
        xaxis={**hidden, "range": [-MARGIN, WIDTH + 2]},
        yaxis={**hidden, "range": [-2, HEIGHT + 2], "scaleanchor": "x"},
        dragmode=False,
    )


# Edges


def _edges(fit: Fit, drawn: Diagram, params: Array, theme: Theme) -> Iterator[Piece]:
    """Yield all edges, those of about the same weight as one line with gaps."""
    first, *others = _weights(fit, params)
    if drawn.grid is not None:
        yield from _folded_edges(drawn, first, theme)
    shown = others if drawn.grid is not None else [first, *others]
    weights = np.concatenate([w.ravel() for w in shown])
    ways = np.stack([_way(drawn.half, *ends) for ends in _ends(drawn)])
    kinds = np.abs(np.subtract.outer(widths(weights), np.array(WIDTHS))).argmin(axis=1)
    for kind, width in enumerate(WIDTHS):
        for color, side in ((drawn.colors[0], weights <= 0), (drawn.colors[2], weights > 0)):
            lines = ways[(kinds == kind) & side]
            if not len(lines):
                continue
            clear = min(CLEAREST, 0.12 + 0.3 * (width - THINNEST) / PER_WEIGHT)
            yield _lines(lines, {"color": color, "width": width}) | {"opacity": clear}


def _folded_edges(drawn: Diagram, weights: Array, theme: Theme) -> Iterator[Piece]:
    """Yield an edge for all weights (n_in, n_out) of each unit, by their root mean square."""
    for end, size in zip(drawn.middles[1], np.sqrt((weights**2).mean(axis=0)), strict=True):
        way = _way(drawn.half, drawn.middles[0][0], end)
        looks = {"color": theme.muted, "width": float(widths(size))}
        yield _lines([way], looks) | {"opacity": min(CLEAREST, 0.12 + 0.3 * float(size))}


def widths(weights: Array) -> Array:
    """Return how wide the edges of weights are, in pixels."""
    return np.minimum(WIDTHS[-1], THINNEST + PER_WEIGHT * np.abs(weights))


def _weights(fit: Fit, params: Array) -> list[Array]:
    """Return each layer's weights (n_in, n_out)."""
    model = as_network(fit.model)
    assert model is not None
    return [weights for weights, _ in model.layers(params, fit.X.shape[1])]


def _ends(drawn: Diagram) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the two squares of each edge, in the order of weights."""
    for before, after in pairwise(drawn.middles[0 if drawn.grid is None else 1 :]):
        yield from ((a, b) for a in before for b in after)


def _way(half: float, start: tuple[float, float], end: tuple[float, float]) -> Array:
    """Return the way of an edge, level at both ends, (BENDS + 1, 2)."""
    t = np.linspace(0, 1, BENDS + 1)
    left, right = start[0] + half, end[0] - half
    x = left + (right - left) * (1.5 * t * (1 - t) + t**3)
    return np.column_stack([x, start[1] + (end[1] - start[1]) * (3 * t**2 - 2 * t**3)])


# Units


def _units(fit: Fit, drawn: Diagram, params: Array, theme: Theme) -> Iterator[Piece]:
    """Yield what each unit says, its frame, and its name for who points at it."""
    middles = [middle for layer in drawn.middles for middle in layer]
    said = _shown(fit, drawn, params)
    if len(drawn.box) == 2:
        yield from (_tile(drawn, *pair) for pair in zip(middles, said, strict=True))
    else:
        yield _curves(drawn.half, middles, said, theme)
    yield _frames(drawn.half, middles, theme)
    yield _names(fit, drawn, middles, params)
    yield _titles(fit, drawn, theme)


def _shown(fit: Fit, drawn: Diagram, params: Array) -> list[Array]:
    """Return what each square shows; of inputs in one square nothing, and next to them weights."""
    said = shares(fit, drawn.box, params)
    if drawn.grid is None:
        return said
    weights = _weights(fit, params)[0].T
    own = weights / np.maximum(np.abs(weights).max(axis=1, keepdims=True), 1e-300)
    images = [unit.reshape(drawn.grid)[::-1] for unit in own]
    return [np.zeros((1, 1)), *images, *said[fit.X.shape[1] + len(images) :]]


def shares(fit: Fit, box: Sequence[tuple[float, float]], params: Array) -> list[Array]:
    """Return what each unit says over a box, as a share of the largest or of 1; inputs first.

    Over two columns (TILE, TILE), rows along the second; over one (2 TILE,).
    """
    model = as_network(fit.model)
    assert model is not None
    sides = [np.linspace(*side, TILE if len(box) == 2 else 2 * TILE) for side in box]
    points = np.stack(np.meshgrid(*sides), axis=-1)
    X = over_plane(fit, points.reshape(-1, len(box)))
    layers = [X, *model.activations(params, X)]
    units = np.concatenate(layers, axis=1).T
    most = np.maximum(1, np.abs(units).max(axis=1, keepdims=True))
    return [unit.reshape(points.shape[:-1]) for unit in units / most]


def _tile(drawn: Diagram, middle: tuple[float, float], said: Array) -> Piece:
    """Return the small map of a unit, in hundredths: half the bytes of a picture's half."""
    high, wide = (2 * drawn.half / count for count in said.shape)
    return pieces.heatmap(
        x0=middle[0] - drawn.half + wide / 2,
        dx=wide,
        y0=middle[1] - drawn.half + high / 2,
        dy=high,
        z=np.round(100 * said).astype(np.int8),
        zmin=-100,
        zmax=100,
        colorscale=[[i / 2, color] for i, color in enumerate(drawn.colors)],
        showscale=False,
        hoverinfo="skip",
        zsmooth="best" if said.shape == (TILE, TILE) else False,
    )


def _curves(
    half: float, middles: Sequence[tuple[float, float]], said: Sequence[Array], theme: Theme
) -> Piece:
    """Return what units say along a line, a curve in each square."""
    across = np.linspace(-half, half, len(said[0]))
    lines = [
        np.column_stack([x + across, y + 0.92 * half * unit])
        for (x, y), unit in zip(middles, said, strict=True)
    ]
    return _lines(lines, {"color": theme.ink, "width": 1.4})


def _frames(half: float, middles: Sequence[tuple[float, float]], theme: Theme) -> Piece:
    corners = half * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)])
    return _lines([corners + middle for middle in middles], {"color": theme.muted, "width": 1})


def _lines(lines: Sequence[Array], looks: Piece) -> Piece:
    """Return lines as one, with gaps."""
    gap = np.full((1, 2), np.nan)
    x, y = np.concatenate([part for line in lines for part in (line, gap)]).T
    return pieces.scatter(x=light(x), y=light(y), mode="lines", hoverinfo="skip", line=looks)


def _names(
    fit: Fit, drawn: Diagram, middles: Sequence[tuple[float, float]], params: Array
) -> Piece:
    """Return invisible marks that tell which unit it is, and its bias."""
    x, y = np.array(middles).T
    return pieces.scatter(
        x=light(x),
        y=light(y),
        mode="markers",
        marker={"size": 3 * drawn.half, "opacity": 0, "symbol": "square"},
        text=[plain(text) for text in _told(fit, params)],
        hovertemplate="%{text}<extra></extra>",
    )


def _inputs(fit: Fit) -> list[str]:
    """Return what the squares of the inputs are called."""
    if diagram_folds(fit):
        return [f"{fit.X.shape[1]} inputs"]
    return list(fit.prepared.feature_names)


def _told(fit: Fit, params: Array) -> list[str]:
    """Return what is said of each unit, inputs first."""
    model = as_network(fit.model)
    assert model is not None
    told = _inputs(fit)
    layers = model.layers(params, fit.X.shape[1])
    for number, (_, biases) in enumerate(layers, 1):
        which = "output" if number == len(layers) else f"hidden layer {number}"
        told += [
            f"{which}, unit {i}: bias {bias:.3g}".replace("-", "−")
            for i, bias in enumerate(biases, 1)
        ]
    return told


LONGEST = 20
"""Layout: names of more letters are cut; who points at a square is told all of its name."""


def _short_names(fit: Fit) -> list[str]:
    """Return the names of the inputs as they stand beside their squares."""
    return [_short(name) for name in _inputs(fit)]


def _short(name: str) -> str:
    """Return a name of not too many letters, cut between words where it has some."""
    if len(name) <= LONGEST:
        return name
    words = name[:LONGEST].rpartition(" ")[0]
    return f"{words or name[: LONGEST - 1]}…"


def _titles(fit: Fit, drawn: Diagram, theme: Theme) -> Piece:
    """Return the names of the inputs, beside their squares."""
    x, y = np.array(drawn.middles[0]).T
    return pieces.scatter(
        x=light(x - drawn.half - 1),
        y=light(y),
        mode="text",
        text=[plain(name) for name in _short_names(fit)],
        textposition="middle left",
        textfont={"color": theme.muted, "size": 11},
        hoverinfo="skip",
        cliponaxis=False,
    )
