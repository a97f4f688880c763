"""The plane to draw in, and the exact loss on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdplay.arrays import Array
from gdplay.engine.training import Status, Trace
from gdplay.experiment import Experiment, start_of
from gdplay.loss.fit import Fit
from gdplay.loss.models import as_network
from gdplay.loss.problem import Problem
from gdplay.loss.surfaces.surface import SIDE, Surface
from gdplay.memory import remembered
from gdplay.theory.sharpness import sharpest

PRINCIPAL = "principal"
"""The plane through the directions in which the paths vary most."""


class _Principal(NamedTuple):
    """How the directions of that plane are spoken of: `plainly` on axes, and in a sentence."""

    plainly: tuple[str, str]
    most: str

    @property
    def about(self) -> str:
        return f"Its axes are the 1st and 2nd principal directions: those {self.most}."


_BY_LOSS = _Principal(
    ("most effect", "2nd most"),
    "along which the paths' movement changes the loss most and second most",
)
_BY_DISTANCE = _Principal(
    ("most movement", "2nd most"), "along which the paths move most and second most"
)

SHARPEST = "sharpest"
"""The plane through the directions in which a network's loss bends most, at the best seen."""

RANDOM = "random"
"""A plane through the best seen, along filter-normalised random directions (Li et al., 2018)."""

ABOUT = {
    SHARPEST: "Its directions are those in which the loss bends most at the lowest state seen. "
    "Paths mostly move along others.",
    RANDOM: "Its directions are random, with each unit's weights scaled to the size that they have "
    "at the lowest state seen (filter-normalised: Li et al., 2018). Beware: runs hardly move along "
    "random directions, another draw may look otherwise, and a smooth picture is no proof of a "
    "smooth loss.",
}
"""What is to be known of planes that only networks have."""

LEVEL = 1e-9
"""A change of the loss by less than this share of it is rounding."""

MARGIN = 1.25
"""Layout: the box is wider than the start is far, by this factor."""

BEHIND = 0.75
"""Layout: a box reaches beyond the minimum by this share of how far it reaches to the start."""

STEP = 1.25
"""Layout: the box grows in these steps, so that it stays while a rate is dragged a little."""

ALIKE = 5.0
"""Layout: one axis of a function's box is so many times as long as the other, at most, by slope."""

OUTLYING = 30.0
"""Layout: heights beyond nine of ten by so many times their span share one colour."""

MOST, ASTRAY = 0.9, 5.0
"""A state may lie outside the box that is farther out than this share of its path, or than half of
what the box reaches without it, by this factor."""

ROOM = 1.15
"""Layout: paths may reach out of a function's own box by this factor before the picture grows."""

LEAST = 1e-3
"""Layout: how far a start at the minimum is taken to be, in units of what bends."""

UNBENT = 1e-12
"""Layout: a direction is drawn as if it bent by this share of the other's bend at least."""

BESIDE = 0.04
"""Layout: such a picture goes on beyond the usual start by this share of its side."""

GROWTH = 1.5
"""A path whose second half reaches farther than its first by this factor is not bounded."""


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in parameter space: origin + a first + b second.

    Attributes
    ----------
    origin : ndarray of shape (n_params,)
    axes : ndarray of shape (2, n_params)
        Of length 1.
    dual : ndarray of shape (2, n_params)
        What reads off coordinates: `dual @ axes.T` is the identity.
    names : tuple of two str
        The field's terms.
    share : float
        Share, 0 to 1, of the paths' variation around the origin that the plane holds.
    about : str
        What is to be known of its directions; "" where they explain themselves.
    reach : float
        So far from the origin it is drawn at least.
    plainly : tuple of two str, or None
        The names in plain words; None where they are plain.
    """

    origin: Array
    axes: Array
    dual: Array
    names: tuple[str, str]
    share: float = 1.0
    about: str = ""
    reach: float = 0.0
    plainly: tuple[str, str] | None = None

    @property
    def titles(self) -> tuple[str, str]:
        """What stands along its axes, in plain words."""
        return self.plainly or self.names

    def coordinates(self, params: Array) -> Array:
        """Return coordinates on the plane, (..., n_params) -> (..., 2)."""
        return np.asarray((np.asarray(params) - self.origin) @ self.dual.T)

    def params(self, coordinates: Array) -> Array:
        """Return the parameters at `coordinates (..., 2)`, (..., n_params)."""
        return np.asarray(self.origin + np.asarray(coordinates) @ self.axes)


@dataclass(frozen=True, eq=False)
class Landscape:
    """The training loss over all rows on a grid of a plane; `loss[j, i]` at `(x[i], y[j])`."""

    plane: Plane
    x: Array
    y: Array
    loss: Array
    minimum: Array | None
    """Coordinates of the minimiser on the plane, where there is a finite one."""

    @property
    def heights(self) -> tuple[float, float]:
        """The lowest and the highest loss to colour: those beside poles are beyond them."""
        known = self.loss[np.isfinite(self.loss)]
        if not len(known):
            return 0.0, 1.0
        few, most = np.quantile(known, (0.1, 0.9))
        low = float(known.min())
        if self.minimum is None:
            low = max(low, float(few - 2 * (most - few)))
        return low, min(float(known.max()), float(most + OUTLYING * (most - low)))


def planes(problem: Problem) -> tuple[str, ...]:
    """Return the names of the planes one can choose from: pairs "i,j" of parameters, principal.

    Of networks also `SHARPEST` and `RANDOM`.
    """
    if problem.n_params == 2:
        return ("0,1",)
    places = range(min(problem.n_params, 12))
    more = (SHARPEST, RANDOM) if isinstance(problem, Fit) and as_network(problem.model) else ()
    return (PRINCIPAL, *more, *(f"{i},{j}" for i in places for j in places if i < j))


def plane_of(experiment: Experiment, traces: Sequence[Trace], choice: str = PRINCIPAL) -> Plane:
    """Return the plane called `choice` for these paths.

    Two parameters are drawn as they are. With more, "i,j" shows two named parameters with the
    others at the minimum (or at the best parameters seen), and "principal" the two directions in
    which the paths vary most around that point. Paths that run away don't count. `SHARPEST` and
    `RANDOM` are planes through that point that do not follow the paths.

    Variation is measured in the metric of the Hessian H, as d' H d: on a quadratic loss that is
    twice the excess loss. In plain distance a path across a ravine would seem to stand still.
    """
    problem = experiment.problem
    if problem.n_params == 2:
        both = np.eye(2)
        return Plane(np.zeros(2), both, both, (problem.param_titles[0], problem.param_titles[1]))
    origin = problem.minimum()
    if origin is None:
        origin = best_seen(traces)
    away = np.vstack([_some(states) for states in _states(experiment, traces)]) - origin
    root = _root_metric(problem)
    if choice == PRINCIPAL:
        return _principal(origin, away, root, _BY_LOSS if _bends_up(problem) else _BY_DISTANCE)
    if choice in ABOUT:
        return _of_network(problem, choice, origin, away)
    i, j = (int(part) for part in choice.split(","))
    axes = np.eye(problem.n_params)[[i, j]]
    names = (problem.param_titles[i], problem.param_titles[j])
    share = _share(away, axes, axes, root)
    return Plane(origin * (1 - axes.sum(axis=0)), axes, axes, names, share)


def _bends_up(problem: Problem) -> bool:
    """Whether the loss has a metric: it bends upwards everywhere, or is a function's."""
    return not isinstance(problem, Fit) or problem.model.convex


@remembered(32)
def _root_metric(problem: Problem) -> Array:
    """Return the symmetric root R of the Hessian at the minimum, or at zero: d' H d = |R d|^2.

    Eigenvalues below a millionth of the largest are lifted to that, so that R has an inverse. Where
    the loss bends downwards, as a network's does, there is no such metric, and distance is plain.
    """
    if not _bends_up(problem):
        return np.eye(problem.n_params)
    minimum = problem.minimum()
    hessian = problem.hessian(np.zeros(problem.n_params) if minimum is None else minimum)
    values, vectors = np.linalg.eigh(hessian)
    floor = 1e-6 * max(float(values[-1]), 1e-300)
    return np.asarray((vectors * np.sqrt(np.maximum(values, floor))) @ vectors.T)


def _principal(origin: Array, away: Array, root: Array, told: _Principal) -> Plane:
    # A row of zeros changes no direction, and makes two of them where there is a single state.
    padded = np.vstack([away, np.zeros_like(origin)]) @ root
    rows = np.linalg.svd(padded, full_matrices=False)[2][:2]
    axes = np.linalg.solve(root, rows.T).T
    length = np.linalg.norm(axes, axis=1, keepdims=True)
    signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])
    flips = np.where(signs == 0, 1, signs)[:, None]
    axes, dual = axes / length * flips, rows @ root * length * flips
    names = ("1st principal direction", "2nd principal direction")
    share = _share(away, axes, dual, root)
    return Plane(origin, axes, dual, names, share, told.about, plainly=told.plainly)


def _of_network(problem: Problem, choice: str, origin: Array, away: Array) -> Plane:
    """Return the plane called `SHARPEST` or `RANDOM` through `origin`."""
    if choice == SHARPEST:
        axes, reach = sharpest(problem, origin), 0.0
    else:
        axes = _filter_normalised(problem, origin)
        lengths = np.linalg.norm(axes, axis=1, keepdims=True)
        axes, reach = axes / lengths, float(lengths.mean())
    dual = np.asarray(np.linalg.solve(axes @ axes.T, axes), dtype=float)
    names = (f"1st {choice} direction", f"2nd {choice} direction")
    share = _share(away, axes, dual, np.eye(len(origin)))
    return Plane(origin, axes, dual, names, share, ABOUT[choice], reach)


def _filter_normalised(problem: Problem, params: Array) -> Array:
    """Return two random directions in which each unit's weights are as long as in `params`.

    A unit's bias counts among its weights (Li et al., 2018, arXiv:1712.09913, section 4).
    """
    assert isinstance(problem, Fit)
    network = as_network(problem.model)
    assert network is not None
    wiring = network.wiring(problem.X.shape[1], problem.n_classes)
    directions = np.random.default_rng(0).normal(size=(2, problem.n_params))
    for drawn, own in zip(wiring.split(directions), wiring.split(params), strict=True):
        lengths = np.linalg.norm(own, axis=-1) / np.linalg.norm(drawn, axis=-1)
        drawn *= lengths[..., None]  # a view: the directions themselves change
    return directions


def _share(away: Array, axes: Array, dual: Array, root: Array) -> float:
    """Return 1 minus the share of the variation that lies off the plane."""
    total = float(((away @ root) ** 2).sum())
    missed = (away - away @ dual.T @ axes) @ root
    return max(0.0, 1 - float((missed**2).sum()) / total) if total else 1.0


def best_seen(traces: Sequence[Trace]) -> Array:
    """Return the parameters with the lowest training loss at any epoch's end of any run."""
    losses = [np.where(np.isfinite(t.loss), t.loss, np.inf) for t in traces]
    best = int(np.argmin([loss.min() for loss in losses]))
    place = np.unravel_index(losses[best].argmin(), losses[best].shape)
    return np.asarray(traces[best].params[place])


def _states(experiment: Experiment, traces: Sequence[Trace]) -> list[Array]:
    """Return the recorded states of each bounded seed-0 path, from the start on, (., n_params)."""
    paths = [t.path if len(t.path) else t.params[0] for t in traces if bounded(t)]
    return [path[np.isfinite(path).all(axis=1)] for path in paths] or [start_of(experiment)[None]]


def _some(states: Array, most: int = 200) -> Array:
    """Return `most` of the states at most, evenly, the first and the last included."""
    even = np.linspace(0, len(states) - 1, min(len(states), most))
    return np.asarray(states[even.round().astype(int)])


def got_lower(trace: Trace) -> bool:
    """Whether seed 0 neither diverged nor ended above where it began, rounding aside."""
    loss = _finite_loss(trace)
    higher = float(loss[-1] - loss[0]) > LEVEL * abs(float(loss[0]))
    return trace.status[0] is not Status.DIVERGED and not higher


def bounded(trace: Trace) -> bool:
    """Whether seed 0 got lower, or at least did not keep growing: it may hover above its start."""
    if trace.status[0] is Status.DIVERGED or got_lower(trace):
        return trace.status[0] is not Status.DIVERGED
    early, late = np.array_split(_finite_loss(trace), 2)
    return bool(late.max() <= GROWTH * early.max())


def _finite_loss(trace: Trace) -> Array:
    return np.asarray(trace.loss[0][np.isfinite(trace.loss[0])])


def box_of(experiment: Experiment, traces: Sequence[Trace], plane: Plane) -> tuple[Array, Array]:
    """Return the lower and upper corner (2,) of what to draw.

    It holds the start, the minimum and all bounded paths, with a margin. From the minimum (or the
    best seen) it reaches a little farther than the start is, and most of that the other way; it
    grows in steps of `STEP`, so that it stays while a rate is dragged. States far beyond that,
    and beyond most others of their path, may lie outside: all else would shrink to a dot.

    Of a function with a box of its own it is that box, and stays while starts are clicked; it grows
    where a start lies outside, or a path far outside.
    """
    problem = experiment.problem
    middle = problem.middle()
    paths = [plane.coordinates(states) for states in _states(experiment, traces)]
    start = paths[0][0]
    frame = _frame(problem, plane, start, best_seen(traces) if middle is None else middle)
    # Where a loss falls without end, runs do too: they leave the box.
    most = 1.0 if middle is not None and problem.minimum() is None else np.inf
    sides = []
    for way, reach in ((-1.0, frame.below), (1.0, frame.above)):
        out = [_excess(way * (path - frame.centre) / reach) for path in paths]
        excess = (np.max(out, axis=0) / frame.room).clip(1, most)
        excess = np.maximum(excess, way * (start - frame.centre) / reach)
        grown = STEP ** np.ceil(np.log(excess) / np.log(STEP))
        sides.append(frame.centre + way * reach * grown)
    return sides[0], sides[1]


class _Frame(NamedTuple):
    """What a box shows at least: so much below and above a centre, each (2,).

    Paths that reach out by less than the factor `room` do not make it grow.
    """

    centre: Array
    below: Array
    above: Array
    room: float = 1.0


def _frame(problem: Problem, plane: Plane, start: Array, middle: Array) -> _Frame:
    """Return what a box shows at least: a function's own box, whatever the start, if it has one."""
    own = problem.box if isinstance(problem, Surface) else None
    if own is not None:
        low, high = np.transpose(own)
        aside = BESIDE * (high - low)
        low, high = np.minimum(low, problem.usual - aside), np.maximum(high, problem.usual + aside)
        half = (high - low) / 2
        return _Frame(low + half, half, half, ROOM)
    centre = plane.coordinates(middle)
    unit = _units(problem, plane, plane.params(centre))
    reach = np.abs(start - centre) / unit
    half = unit * np.maximum(MARGIN * reach, 0.4 * max(float(reach.max()), LEAST))
    ahead = start >= centre
    below, above = (
        np.maximum(half * np.where(far, 1.0, BEHIND), plane.reach) for far in (~ahead, ahead)
    )
    return _Frame(centre, below, above)


def _units(problem: Problem, plane: Plane, at: Array) -> Array:
    """Return the length along each axis over which the loss rises alike; 1 where nothing bends.

    The parameters of a function have one unit, so that its axes differ by `ALIKE` at most.
    """
    with np.errstate(invalid="ignore", over="ignore"):  # where a function has a pole or a gap
        products = problem.products(at, plane.axes)
        bend = (products * plane.axes).sum(axis=1)
    if not (np.isfinite(products).all() and bend.max() > 0):
        return np.ones(2)
    floor = UNBENT * float(bend.max())
    if isinstance(problem, Surface):
        floor = float(bend.max()) / ALIKE**2
    return np.asarray(1 / np.sqrt(np.maximum(bend, floor)))


def _excess(out: Array) -> Array:
    """Return by how much a path (T, 2), in units of a box's reach, makes that box grow, (2,)."""
    usual = ASTRAY * np.quantile(out, MOST, axis=0).clip(0.5)
    return np.asarray((1.05 * out.max(axis=0)).clip(1, usual))


def landscape(
    problem: Problem, plane: Plane, box: tuple[Array, Array], size: int | None = None
) -> Landscape:
    """Return the exact training loss on a `size` x `size` grid of `plane` inside `box`.

    None takes 60, or as many as a function asks for.
    """
    (x0, y0), (x1, y1) = box
    size = size or (problem.side if isinstance(problem, Surface) else SIDE)
    x, y = np.linspace(x0, x1, size), np.linspace(y0, y1, size)
    minimum = problem.minimum()
    return Landscape(
        plane,
        x,
        y,
        problem.on_grid(plane.origin, plane.axes, x, y),
        None if minimum is None else plane.coordinates(minimum),
    )
