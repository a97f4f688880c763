"""Tables and JSON hold what came out, and a file opens as what it was saved from."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import gdplay as gd
from gdplay.export import tables
from gdplay.studies.sharpness import read
from gdplay.teaching.defaults import default_fit
from tests import trained

HELD_OUT = replace(
    gd.default_experiment(gd.DATASETS["line"]),
    problem=replace(default_fit(gd.DATASETS["line"]), test_size=0.2, standardize=True),
    epochs=4,
    n_seeds=2,
)
WILD = replace(HELD_OUT, runs=(gd.Run(gd.SGD(lr=9.0)),), epochs=200, n_seeds=1)


def frame(text):
    return pd.read_csv(io.StringIO(text), comment="#")


def test_a_table_has_a_row_for_each_run_seed_and_epoch():
    traces, table = trained(HELD_OUT), frame(gd.export.csv(HELD_OUT))
    assert len(table) == 3 * 2 * 5
    for place, trace in enumerate(traces, 1):
        for seed in (0, 1):
            rows = table[(table.run == place) & (table.seed == seed)]
            np.testing.assert_array_equal(
                rows["training loss (half mean squared error)"], trace.loss[seed]
            )
            np.testing.assert_array_equal(
                rows["test loss (half mean squared error)"], trace.test_loss[seed]
            )
            np.testing.assert_array_equal(
                rows["running epoch mean (half mean squared error)"], trace.running_loss[seed]
            )
            np.testing.assert_array_equal(rows["updates"], trace.updates)
            np.testing.assert_array_equal(rows["epoch"], np.arange(5))
            np.testing.assert_array_equal(rows["examples seen (rows)"], 160 * np.arange(5))
            np.testing.assert_array_equal(rows.iloc[:, -2:], trace.params[seed])
    assert list(table.columns[-2:]) == [
        "bias (standardised columns)", "weight of x (standardised columns)"
    ]  # fmt: skip


def test_a_short_batch_that_is_dropped_is_not_seen():
    run = gd.Run(gd.SGD(lr=0.1), batch_size=150, drop_last=True)
    table = frame(gd.export.csv(replace(HELD_OUT, runs=(run,))))
    assert table["examples seen (rows)"].max() == 4 * 150


def test_paths_have_a_table_of_their_own():
    traces, table = trained(HELD_OUT), frame(gd.export.path_csv(HELD_OUT))
    rows = table[table.run == 3]
    np.testing.assert_array_equal(rows["update"], traces[2].path_updates)
    np.testing.assert_array_equal(rows.iloc[:, -2:], traces[2].path)
    np.testing.assert_array_equal(rows.iloc[:, 3], traces[2].batch_loss)


def test_the_sharpness_along_paths_has_a_table_and_stands_among_results():
    traces, table = trained(HELD_OUT), frame(gd.export.sharpness_csv(HELD_OUT))
    bends = read(HELD_OUT, traces)
    told = json.loads(gd.export.json(HELD_OUT, traces, bends=bends))["results"]
    assert "(largest curvature, loss per squared unit of a parameter)" in table.columns[5]
    for place, bend in enumerate(bends.runs, 1):
        rows = table[table.run == place]
        np.testing.assert_array_equal(rows["update"], bend.updates)
        np.testing.assert_array_equal(rows["epoch"], bend.updates / bend.per_epoch)
        np.testing.assert_array_equal(rows[table.columns[5]], bend.largest)
        np.testing.assert_array_equal(rows[table.columns[6]], bend.share)
        assert told[place - 1][table.columns[5]] == bend.largest.tolist()
        assert told[place - 1]["sharpness updates"] == bend.updates.tolist()
    adam = replace(HELD_OUT, runs=(gd.Run(gd.Adam()),))
    assert frame(gd.export.sharpness_csv(adam)).iloc[:, 6].isna().all()


def test_the_first_line_is_a_comment_with_the_link():
    first = gd.export.csv(HELD_OUT).splitlines()[0]
    assert first.startswith("# ?v=1&data=line&model=linear&")
    assert gd.export.csv(HELD_OUT, address="https://x.org/?a=1\n=1").startswith(
        "# https://x.org/?a=1 =1\n"
    )


def test_what_diverged_is_an_empty_cell():
    rows = list(csv.reader(io.StringIO(gd.export.csv(WILD).partition("\n")[2])))
    assert rows[-1][6:] == [""] * 5
    assert not {"nan", "inf"} & {cell for row in rows for cell in row}


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1"])
def test_no_text_is_computed_by_a_spreadsheet(text, monkeypatch):
    monkeypatch.setattr(tables, "labels", lambda _: [text] * 3)
    monkeypatch.setattr(tables, "param_columns", lambda _: [text, text])
    for table in (gd.export.csv(HELD_OUT), gd.export.path_csv(HELD_OUT)):
        rows = csv.reader(io.StringIO(table.partition("\n")[2]))
        cells = [cell for row in rows for cell in row if not cell[1:2].isdigit()]
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) for cell in cells)


@pytest.mark.parametrize(
    "experiment",
    [preset.build() for preset in gd.PRESETS.values()],
    ids=list(gd.PRESETS),
)
def test_a_file_opens_as_what_it_was_saved_from(experiment):
    assert gd.export.load(gd.export.json(experiment)) == experiment


def own_rows(y):
    rows = np.random.default_rng(0).normal(size=(600, 6))
    rows[:, 0] = rows[:, 0].round()
    return gd.default_experiment(gd.Table(rows, y(rows[:, 1]), [*"abcde", "é ~"], "ziel"))


@pytest.mark.parametrize(
    "y", [np.abs, lambda x: (x > 0) * 2.0, lambda x: np.where(x > 0, "=ja", "né")]
)
def test_rows_that_are_too_many_for_a_link_come_with_the_file_a_line_each(y):
    experiment = own_rows(y)
    text = gd.export.json(experiment)
    assert "table~bring~600~6~" in text
    assert gd.export.load(text) == experiment
    assert len(text.splitlines()) < 700


def test_few_rows_stand_in_the_link_alone():
    assert "rows" not in json.loads(gd.export.json(gd.default_experiment()))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda rows: rows.pop("y"), "rows must hold X, class_names"),
        (lambda rows: rows.update(more=1), "rows must hold X, class_names"),
        (lambda rows: rows.update(y=[1]), "Table.y must hold one value for each of the 600 rows"),
        (lambda rows: rows.update(X=5), "Table.X must have rows and columns"),
        (lambda rows: rows["X"][3].__setitem__(0, None), "Table.X"),
        (lambda rows: rows["X"][3].__setitem__(0, 5), "its rows are not in it; bring along 600"),
        (lambda rows: rows.update(feature_names=7), "."),
        (lambda rows: rows.update(target_name=None), "Table.target_name"),
        (
            lambda rows: rows.update(X=rows["X"] * 20, y=rows["y"] * 20),
            "at most 10\u202f000 of 100 features",
        ),
    ],
)
def test_rows_of_a_file_that_are_none_are_refused_by_what_is_wrong(change, why):
    record = json.loads(gd.export.json(own_rows(np.abs)))
    change(record["rows"])
    with pytest.raises(gd.link.LinkError, match=why):
        gd.export.load(json.dumps(record))


def test_a_file_holds_what_came_out_as_well():
    traces = trained(HELD_OUT)
    text = gd.export.json(HELD_OUT, traces)
    assert gd.export.load(text.encode("utf-8-sig")) == HELD_OUT
    for result, trace in zip(json.loads(text)["results"], traces, strict=True):
        assert result["training loss (half mean squared error), by seed"] == trace.loss.tolist()
        assert result["last parameters (by seed)"] == trace.params[:, -1].tolist()
        assert result["path (seed 0)"] == trace.path.tolist()
        assert result["running epoch mean (half mean squared error), by seed"][0][0] is None
        assert result["ended (by seed)"] == ["exhausted", "exhausted"]


def test_what_diverged_is_null():
    (result,) = json.loads(gd.export.json(WILD, trained(WILD)))["results"]
    assert result["last parameters (by seed)"] == [[None, None]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no experiment"),
        ('{"experiment": {}}', "no experiment"),
        ('{"gdplay": "experiment", "experiment": [1]}', "no experiment"),
        ('{"gdplay": "experiment", "experiment": {"epochs": [1]}}', "nothing but text"),
        ('{"gdplay": "experiment", "experiment": {"epochs": ["0"]}}', "epochs must be from 1"),
        ('{"gdplay": "experiment", "experiment": {"data": ["no"]}}', "data must be one of"),
    ],
)
def test_a_file_that_is_none_of_ours_says_so_in_a_sentence(text, words):
    with pytest.raises(gd.LinkError, match=words):
        gd.export.load(text)


def test_a_file_that_is_too_large_is_not_read(monkeypatch):
    monkeypatch.setattr("gdplay.export.records.MAX_SIZE", 10)
    with pytest.raises(gd.LinkError, match="10 characters; this one has 11"):
        gd.export.load("x" * 11)


def test_a_notebook_is_one_and_does_what_the_script_does(capsys):
    book = json.loads(gd.export.notebook(HELD_OUT))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    names = {}
    for cell in book["cells"]:
        assert set(cell) - {"execution_count", "outputs"} == {
            "cell_type", "id", "metadata", "source"
        }  # fmt: skip
        if cell["cell_type"] == "code":
            assert (cell["execution_count"], cell["outputs"]) == (None, [])
            exec("".join(cell["source"]), names)
        else:
            assert set(cell) == {"cell_type", "id", "metadata", "source"}
            assert cell["source"][0].startswith("## ")
    for result, trace in zip(names["results"], trained(HELD_OUT), strict=True):
        np.testing.assert_allclose(result["loss"], trace.loss[0], rtol=1e-12)
