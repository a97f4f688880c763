"""A lesson's pictures: runs named as in its texts, and before the answer no run at all."""

from collections.abc import Callable, Collection, Mapping, Sequence

from gdplay.figures.compare import Pictures
from gdplay.figures.packing import Picture, digested, picture, played
from gdplay.figures.pieces import Piece
from gdplay.figures.theme import Theme, empty, plain

GROUND = ("loss", "start", "minimum")
"""What a surface, or a map, shows without any run."""

COVERED = "Covered until you have answered"


def covered(
    panels: Mapping[str, Picture], runs: Collection[str], theme: Theme
) -> dict[str, Picture]:
    """Return a lesson's pictures by panel without what tells how its runs go.

    `runs` are the names of the runs, as in the figures.
    """
    surface = _only(panels["surface"], lambda trace: trace.get("name") in GROUND)
    curves = picture(empty(theme, "How high the runs stand in time", COVERED))
    if "fit" not in panels:
        return {"surface": surface, "curves": curves}

    def is_rows(trace: Piece) -> bool:
        return trace.get("mode") == "markers" and trace.get("name") not in runs

    rows = _only(panels["fit"], is_rows)
    fit = rows if rows.spec["data"] else picture(empty(theme, "What they make of it", COVERED))
    return {"surface": surface, "curves": curves, "fit": fit}


def renamed(made: Pictures, before: Sequence[str], after: Sequence[str]) -> Pictures:
    """Return what is drawn with other names for the runs: in legends, under a hand, as played."""
    names = {old: new for old, new in zip(before, after, strict=True) if old != new}
    if not names:
        return made
    play = made.play.play
    tracks = [track._replace(label=names.get(track.label, track.label)) for track in play.tracks]
    return made._replace(
        panels={panel: _renamed(whole, names) for panel, whole in made.panels.items()},
        play=played(play._replace(tracks=tracks)),
    )


def _renamed(whole: Picture, names: Mapping[str, str]) -> Picture:
    layout = whole.spec["layout"]
    title = layout.get("title", {})
    for old, new in names.items():
        if title.get("text", "").endswith(f": {old}"):
            text = title["text"].removesuffix(old) + new
            layout = {**layout, "title": {**title, "text": text}}
    data = [_called(trace, names) for trace in whole.spec["data"]]
    spec = {**whole.spec, "data": data, "layout": layout}
    return Picture(spec, digested(spec))


def _called(trace: Piece, names: Mapping[str, str]) -> Piece:
    old = trace.get("name", "")
    if old not in names:
        return trace
    told, text = plain(old), trace.get("hovertemplate", "")
    if text.startswith(told):
        trace = {**trace, "hovertemplate": plain(names[old]) + text.removeprefix(told)}
    return {**trace, "name": names[old]}


def _only(whole: Picture, wanted: Callable[[Piece], bool]) -> Picture:
    """Return a picture with the wanted ones of its traces."""
    spec = {**whole.spec, "data": [trace for trace in whole.spec["data"] if wanted(trace)]}
    return Picture(spec, digested(spec))
