"""What a class answered: how often each choice was made and each rank given, and what it drew."""

from collections.abc import Collection, Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from gdplay.engine.training import Trace
from gdplay.experiment import Experiment, labels
from gdplay.figures import pieces
from gdplay.figures.convergence import BESIDE, convergence, expectations
from gdplay.figures.marks import line_mark, sign
from gdplay.figures.pieces import Piece
from gdplay.figures.predict import blank
from gdplay.figures.theme import Theme, plain
from gdplay.teaching.exercises import LETTERS
from gdplay.teaching.verdicts import Line
from gdplay.words import joined, quantity


def marked(text: str, names: Sequence[str], theme: Theme) -> str:
    """Return a text with the names of runs, for {0}, {1}, ..., in their colours."""
    runs = (
        f'<b style="color:{theme.run_ink(place)}">{sign(place)}\N{NO-BREAK SPACE}{escape(name)}</b>'
        for place, name in enumerate(names)
    )
    return escape(text).format(*runs)


def votes(
    texts: Sequence[str],
    names: Sequence[str],
    counts: Sequence[int],
    theme: Theme,
    *,
    right: int | None = None,
    own: Collection[int] = (),
) -> str:
    """Return the choices of a question, how often each was made, and which is right.

    Parameters
    ----------
    texts, names : sequence of str
        The choices, and the names of the runs that they speak of.
    counts : sequence of int
        How often each was made; none where that is not to be seen.
    theme : Theme
    right : int, optional
        The place of the right one, once it may be seen.
    own : collection of int
        What whoever looks has chosen.
    """
    lines = ""
    for place, text in enumerate(texts):
        kind = " gd-right" * (place == right) + " gd-own" * (place in own)
        note = joined(
            ["right"] * (place == right) + ["your answer"] * (place in own) or [""], "and"
        )
        lines += (
            f'<li class="gd-vote{kind}"><b>{LETTERS[place]}</b><p>{marked(text, names, theme)}'
            f"<i>{note}</i></p>{_bar(counts, place)}</li>"
        )
    return f'<ul class="gd-votes">{lines}</ul>'


def _bar(counts: Sequence[int], place: int) -> str:
    """Return how often a choice was made, as a bar and in numbers."""
    if not counts:
        return ""
    share = counts[place] / max(sum(counts), 1)
    return (
        f'<span class="gd-share-of">{quantity(counts[place])} <small>{share:.0%}</small></span>'
        f'<span class="gd-vote-bar"><span style="width:{share:.1%}"></span></span>'
    )


RANKS = ("1st", "2nd", "3rd", "4th", "5th", "6th")


def ranks(names: Sequence[str], places: Sequence[int], counts: Sequence[Sequence[int]],
          theme: Theme, true: Mapping[int, Collection[int]] | None = None) -> str:  # fmt: skip
    """Return how often each run was given each rank, the deeper the oftener, and said to be lost.

    `counts` holds a line for each of the `places`: of each rank, and last of being lost. Once it
    may be seen, `true` tells by place which of these are right.
    """
    heads = [*RANKS[: len(places)], "lost"]
    head = "".join(f"<th scope='col'>{text}</th>" for text in ["", *heads])
    body = ""
    for place, line in zip(places, counts, strict=True):
        cells = "".join(
            _rank(count, sum(line), is_true=rank in (true or {}).get(place, ()))
            for rank, count in enumerate(line)
        )
        name = f"{line_mark(theme, place)}{escape(names[place])}"
        body += f"<tr><th scope='row'>{name}</th>{cells}</tr>"
    return (
        f'<div class="gd-table gd-ranks"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _rank(count: int, n_all: int, *, is_true: bool) -> str:
    look = ' class="gd-true" title="right"' if is_true else ""
    return f'<td{look} style="--share:{count / max(n_all, 1):.3f}">{count or ""}</td>'


def curves(
    experiment: Experiment,
    traces: Sequence[Trace],
    lines: Sequence[Line],
    metric: str,
    along: str,
    *,
    log: bool,
    log_x: bool,
    shown: Sequence[int],
    told: bool,
    theme: Theme,
) -> go.Figure:
    """Return what a class drew, over empty axes; with what is true once it is `told`.

    Lines are kept within the empty axes, whatever was sent; where many drew, the line in their
    middle stands out for each run. The rest is as in `convergence`.
    """
    empty = blank(experiment, traces, metric, along, log=log, log_x=log_x, shown=shown, theme=theme)
    layout = empty.to_dict()["layout"]
    inside = [_within(line, layout) for line in lines]
    edge = layout.get("meta", {}).get("edge", 0.0)
    among = [_middle(line, experiment, theme, edge) for line in middles(inside, log=log)]
    if told:
        made = convergence(
            experiment, traces, metric, along, log=log, log_x=log_x, shown=shown,
            expected=inside, theme=theme,
        )  # fmt: skip
        return made.over(among)
    return empty.over([*expectations(inside, experiment, theme, edge), *among])


MANY = 5
"""Layout: so many lines have one in their middle."""

_STEPS = 60
"""Layout: of a line in the middle."""


def middles(lines: Sequence[Line], *, log: bool) -> list[Line]:
    """Return of each run that many have drawn the median of their lines, as far as all reach."""
    of_run = ([line for line in lines if line.place == place] for place in range(len(RANKS)))
    return [_median(own, log=log) for own in of_run if len(own) >= MANY]


def _median(lines: Sequence[Line], *, log: bool) -> Line:
    low, high = max(line.x[0] for line in lines), min(line.x[-1] for line in lines)
    x = np.linspace(low, max(low, high), _STEPS)
    there, back = (np.log, np.exp) if log else (np.asarray, np.asarray)
    y = back(np.median([np.interp(x, line.x, there(line.y)) for line in lines], axis=0))
    return Line(lines[0].place, tuple(zip(x.tolist(), y.tolist(), strict=True)))


def _middle(line: Line, experiment: Experiment, theme: Theme, edge: float) -> Piece:
    label = labels(experiment)[line.place]
    return BESIDE | pieces.scatter(
        x=np.maximum(line.x, edge),
        y=line.y,
        mode="lines",
        line={"color": theme.run_color(line.place), "width": 4, "dash": "9px,6px"},
        name=f"{label}, middle of the class",
        hovertemplate=f"{plain(label)}<br>%{{y:.4g}} in the middle of the class<extra></extra>",
    )


def _within(line: Line, layout: dict[str, dict[str, object]]) -> Line:
    """Return a line of which no point lies outside some axes."""
    x, y = (
        np.clip(values, *_ends(layout[name]))
        for name, values in (("xaxis", line.x), ("yaxis", line.y))
    )
    return Line(line.place, tuple(zip(x.tolist(), y.tolist(), strict=True)))


def _ends(axis: dict[str, object]) -> tuple[float, float]:
    low, high = axis["range"]  # type: ignore[misc]
    return (10**low, 10**high) if axis.get("type") == "log" else (low, high)  # type: ignore[has-type]
