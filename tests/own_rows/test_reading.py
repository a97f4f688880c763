"""What pastes and files become: columns with a type, or one sentence on why they are no table."""

import io
import zipfile

import numpy as np
import pytest

from gdplay.own_rows.columns import MOST_ROWS, chosen, sheet
from gdplay.own_rows.reading import MOST_BYTES, MOST_COLUMNS, UNZIPPED, Grid, read

ROWS = [[1.5, 10.0], [2.5, 20.0], [4.0, 15.0]]
PASTES = {
    "from a spreadsheet": "size\tprice\n1.5\t10\n2.5\t20\n4\t15\n",
    "a CSV": "size,price\n1.5,10\n2.5,20\n4,15",
    "a CSV with blanks": "size, price\r\n1.5, 10\r\n\r\n2.5, 20\r\n4, 15\r\n",
    "a German CSV": "size;price\n1,5;10\n2,5;20\n4;15\n",
    "quoted": '"size";"price"\n"1,5";"10"\n"2,5";"20"\n"4,0";"15"\n',
    "blanks": "size  price\n 1.5  10\n 2.5  20\n 4.0  15\n",
    "Markdown": "| size | price |\n|:---|---:|\n| **1.5** | 10 |\n| 2.5 | 20 |\n| 4 | 15 |\n",
    "Markdown without a frame": "size | `price`\n--- | ---\n1.5 | 10\n2.5 | 20\n4 | 15\n",
    "a drawn grid": (
        "+------+-------+\n| size | price |\n+======+=======+\n| 1.5 | 10 |\n+------+-------+\n"
        "| 2.5 | 20 |\n| 4 | 15 |\n+------+-------+\n"
    ),
    "a database's answer": (
        " size │ price\n──────┼──────\n 1.5 │ 10\n 2.5 │ 20\n 4 │ 15\n(3 rows)\n"
    ),
    "lines between": "size|price\n1.5|10\n2.5|20\n4|15\n",
    "LaTeX": (
        "\\begin{tabular}[t]{r@{ }r}\n\\toprule % names\n$size$ & \\textbf{price} \\\\\\midrule\n"
        "$1.5$ & \\num{10} \\\\[2pt] \\cline{1-2}\n2.5 & 20\\\\4 & 15 \\\\ \\hline\n\\end{tabular}"
    ),
    "LaTeX with commas": "size & price \\\\\n1{,}5 & 10 \\\\\n2{,}5 & 20 \\\\\n4 & 15 \\\\\n",
    "HTML": (
        "<p>Houses</p><table><thead><tr><th>size<th>price</thead>\n<tr><td>1.5</td> "
        "<td>10&nbsp;</td></tr><tr><td><b>2.5</b></td><td>20</td></tr>"
        "<TR><TD>4<TD>15</table><p>and more</p>"
    ),
    "lists": "size = [1.5, 2.5, 4]\nprice = np.array([10, 20, 15])\n",
    "lying rows": "size: 1.5 2.5 4\nprice: 10 20 15\n",
    "a title above": "Table 1\nsize\tprice\n1.5\t10\n2.5\t20\n4\t15\n",
    "blanks that do not break": "size\xa0price\n1.5\xa010\n2.5\xa020\n4\xa015\n",
    "blanks and decimal commas": "size price\n1,5 10\n2,5 20\n4,0 15\n",
    "powers of ten": "size\tprice\n15e-1\t1E1\n+2.5\t20\n4.\t15\n",
    "bytes with a mark": "\ufeffsize,price\n1.5,10\n2.5,20\n4,15\n".encode(),
    "UTF-16": "size\tprice\n1.5\t10\n2.5\t20\n4\t15\n".encode("utf-16"),
}


def learned(source, target="", **more):
    """Return what comes out of a source when all its columns are used."""
    read_in = sheet(read(source))
    goal = target or read_in.usable[-1]
    return chosen(read_in, goal, [name for name in read_in.usable if name != goal], **more)


@pytest.mark.parametrize("paste", PASTES)
def test_rows_are_read_however_people_write_them(paste):
    table = learned(PASTES[paste]).table
    np.testing.assert_array_equal(np.column_stack([table.X, table.y]), ROWS)
    assert (table.feature_names, table.target_name) == (("size",), "price")


LISTS = [
    "[[1.5, 10], [2.5, 20], [4, 15]]",
    "(1.5, 10)\n(2.5, 20)\n(4, 15)",
    "[1.5 10; 2.5 20; 4 15]",
]


@pytest.mark.parametrize("text", LISTS)
def test_lists_of_rows_are_read_as_programs_write_them(text):
    table = learned(text).table
    np.testing.assert_array_equal(np.column_stack([table.X, table.y]), ROWS)


def test_signs_that_markup_escapes_stay_in_names():
    assert read("A \\& B & y~(\\%) \\\\\n1 & 2 \\\\").rows[0] == ["A & B", "y (%)"]
    assert read("| a\\|b | c |\n| 1 | 2 |\n").rows[0] == ["a|b", "c"]
    assert read("<tr><td>a&lt;b<td>c<tr><td>1<td>2").rows[0] == ["a<b", "c"]


def test_aligned_columns_keep_their_place_where_a_cell_is_empty_or_a_name_has_blanks():
    grid = read("a    b    c\n1    2    3\n4         6\n7    8    9\n")
    assert grid.rows[2] == ["4", "", "6"]
    assert "where they stand" in grid.notes[0]
    assert read("living area   price\n1.5   10\n2.5   20\n").rows[0] == ["living area", "price"]
    assert read('"living area" price\n1.5 10\n2.5 20\n').rows[0] == ["living area", "price"]


NUMBERED = {
    "pandas": "   size  price\n0   1.5     10\n1   2.5     20\n2   4.0     15\n",
    "R": '"size" "price"\n"1" 1.5 10\n"2" 2.5 20\n"3" 4 15\n',
    "a CSV of pandas": ",size,price\n0,1.5,10\n1,2.5,20\n2,4,15\n",
}


@pytest.mark.parametrize("program", NUMBERED)
def test_numbers_of_rows_without_a_name_are_told_from_values(program):
    read_in = sheet(read(NUMBERED[program]))
    assert [column.kind for column in read_in.columns] == ["numbers of rows", "numbers", "numbers"]
    table = chosen(read_in, "price", ["size"]).table
    np.testing.assert_array_equal(np.column_stack([table.X, table.y]), ROWS)
    assert not sheet(read(",x,y\n3,1,2\n1,2,5\n")).columns[0].tells_apart


def test_lines_that_name_what_they_hold_are_columns_only_where_they_are_longer_than_many():
    assert read("a 1 2\nb 3 5\n").rows == [["a", "b"], ["1", "3"], ["2", "5"]]
    assert read("a 1\nb 3\n").rows == [["a", "1"], ["b", "3"]]
    assert read("a 1 2\na 3 5\n").rows == [["a", "1", "2"], ["a", "3", "5"]]
    assert read("a 1 2\nb 3 x\n").rows == [["a", "1", "2"], ["b", "3", "x"]]


@pytest.mark.parametrize("separator", ["\t", ";", ",", " "])
def test_rows_without_names_are_x_and_y(separator):
    table = learned("\n".join(separator.join(map(str, row)) for row in ROWS)).table
    np.testing.assert_array_equal(table.X[:, 0], [1.5, 2.5, 4])
    assert (*table.feature_names, table.target_name) == ("x", "y")


def test_a_minus_sign_and_a_file_of_windows_are_read_and_the_guess_is_told():
    read_in = sheet(read("Größe;y\n\u22122,5;1\n3;2\n".replace("\u2212", "-").encode("cp1252")))
    assert read_in.usable == ("Größe", "y")
    assert "Windows-1252" in read_in.notes[0]
    assert learned("x\ty\n\u22122,5\t1\n3\t2\n").table.X[0, 0] == -2.5


def test_types_and_missing_values_are_told():
    text = "plant,leaf,light,day\nfern,3,1,2020-01-01\nmoss,NA,2,2020-01-02\nfern,5,,2020-01-03\n"
    read_in = sheet(read(text))
    kinds = [(column.kind, column.missing) for column in read_in.columns]
    assert kinds == [("2 categories", 0), ("numbers", 1), ("numbers", 1), ("left out", 0)]
    assert "dates" in read_in["day"].why_not
    assert read_in.usable == ("plant", "leaf", "light")


def test_gaps_are_left_out_or_filled_and_a_target_is_never_made_up():
    text = "a,b,y\n1,2,1\n,4,2\n3,6,\n5,,4\n7,8,9\n"
    dropped, filled = (learned(text, gaps=gaps) for gaps in ("drop", "mean"))
    assert dropped.table.X.tolist() == [[1, 2], [7, 8]]
    assert dropped.notes == ("3 rows with missing values are left out.",)
    np.testing.assert_allclose(filled.table.X, [[1, 2], [13 / 3, 4], [5, 14 / 3], [7, 8]])
    assert filled.table.y.tolist() == [1, 2, 4, 9]
    assert filled.notes == ("1 row with missing values is left out.",)
    with pytest.raises(ValueError, match="'y' is 1 in every row that is left"):
        learned("a,b,y\n1,2,1\n3,4,1\n,5,2\n")


def test_categories_become_columns_and_a_target_of_text_becomes_classes():
    text = "colour,size,kind\nred,1,a\nblue,2,b\ngreen,3,a\nred,4,b\n"
    table = learned(text).table
    assert table.feature_names == ("colour = blue", "colour = green", "colour = red", "size")
    assert table.X[:, :3].tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert table.class_names == ("a", "b")
    two = learned("wet,y\nno,1\nyes,2\nno,4\n").table
    assert two.feature_names == ("wet = yes",)
    assert two.X.ravel().tolist() == [0, 1, 0]


def test_of_too_many_rows_the_same_sample_is_drawn_and_told():
    rows = [["x", "y"], *([str(i), str(i % 7)] for i in range(MOST_ROWS + 500))]
    one, two = (sheet(Grid(rows, ",")) for _ in range(2))
    assert one.n_rows == MOST_ROWS
    assert one["x"].cells == two["x"].cells
    assert list(map(int, one["x"].cells)) == sorted(map(int, one["x"].cells))
    assert "Of 10\u202f500 rows" in one.notes[0]


def packed(size):
    """Return a spreadsheet that unpacks to so many bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * size)
    return file.getvalue()


BAD = {
    "nothing": ("", "no rows"),
    "names alone": ("x,y\n", "no rows below"),
    "prose": ("This is\nno table at all", "Line 2 has 4 cells, and the first line has 2"),
    "binary": (bytes(range(256)), "no text in UTF-8"),
    "binary in a paste": ("x,y\n\0\0,1\n", "no text"),
    "another encoding": ("x,y\n1,2\n".encode("utf-16-le"), "no text"),
    "60 MB": (b"1,2\n" * 15_000_000, f"60 MB; at most {MOST_BYTES // 10**6} MB"),
    "one column": ("x\n1\n2\n", "only one column"),
    "10 000 columns": (",".join("x" * 10_000), f"10000 columns; at most {MOST_COLUMNS}"),
    "a ragged row": ("x,y\n1,2\n1,2,3\n", "Line 3 has 3 cells"),
    "a short row of blanks": ("a b c\n10 2 3\n4 55\n", "Line 3 has 2 cells, and the first"),
    "a LaTeX cell that spans": ("\\multicolumn{2}{c}{x} \\\\ 1 & 2 \\\\", "spans several columns"),
    "an HTML cell that spans": ("<tr><td colspan='2'>x<tr><td>1<td>2", "spans several columns"),
    "a ragged Markdown row": ("|x|y|\n|-|-|\n|1|2|3|\n", "Line 2 has 3 cells"),
    "an open quotation": ('x,y\n"1,2\n3,4\n', "quotation mark is not closed"),
    "all missing": ("x,y\n,1\nNA,2\n", "'x' is empty"),
    "a constant feature": ("x,y\n5,1\n5,2\n", "'x' is 5 in every row"),
    "a constant target": ("x,y\n1,5\n2,5\n", "'y' is 5 in every row"),
    "text in numbers": ("x,y\n1,1\n2,2\nabc,3\n", "'x' holds 'abc' among its numbers, in row 3"),
    "mixed decimal signs": ("x;y\n1,5;1\n2.5;2\n", "both decimal signs, 1,5 and 2.5"),
    "thousands": ("x\ty\n1,500\t1\n2,500\t2\n", "1,500 may mean thousands"),
    "a name twice": ("x,x,y\n1,2,3\n4,5,6\n", "Two columns are called 'x'"),
    "a formula": ("x,y\n=cmd|' /C calc'!A0,1\n2,2\n", "'x' holds a formula"),
    "a formula as a name": ("=1+1,y\na,1\nb,2\n", "Column 1 has a formula as its name"),
    "a share": ("x\ty\n10%\t1\n20%\t2\n", "'x' holds '10%', which is no plain number"),
    "money": ("x\ty\n€ 10\t1\n20 €\t2\n", "'x' holds '€ 10', which is no plain number"),
    "parted thousands": ("x;y\n1.234,5;1\n950,5;2\n", "'x' holds '1.234,5', which is no plain"),
    "dates": ("x,y\n2020-01-31,1\n2020-02-01,2\n", "'x' holds dates"),
    "infinities": ("x,y\n1,1\n-inf,2\n", "'x' is infinite in row 2"),
    "huge numbers": ("x,y\n1,1\n1e31,2\n", "beyond 1e"),
    "a text in each row": (
        "x,y\n" + "\n".join(f"id{i},{i}" for i in range(30)), "30 different texts"
    ),
    "a PDF": (b"%PDF-1.7\n\x80", "This is a PDF, and no table: save the table as CSV or XLSX"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1", "This is an Excel or Word file"),
    "two lines of prose": ("Dear class, here\nSee you, bye\n", "No number stands in it"),
    "a constant text": ("x,y\nno,5\nno,2\n", "'x' is 'no' in every row"),
    "a damaged spreadsheet": (b"PK\x03\x04 and no more", "no Excel file"),
    "a spreadsheet that explodes": (packed(UNZIPPED + 1), "unpacks to 20 MB"),
    "gaps in every row": ("a,b,y\n1,,1\n,2,2\n3,,3\n,5,4\n", "No row has a value in each"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_table_is_refused_in_one_clear_sentence(case):
    source, words = BAD[case]
    with pytest.raises(ValueError, match=words) as caught:
        learned(source)
    text = str(caught.value)
    assert len(text) < 250
    assert text.isprintable()
    assert not text.endswith(".")


def test_a_target_that_is_another_text_in_each_row_is_no_target():
    read_in = sheet(read("a,b\n1,x\n2,y\n3,z\n"))
    with pytest.raises(ValueError, match="'b' holds another text in each row"):
        chosen(read_in, "b", ["a"])


def test_it_is_told_which_column_makes_several_features():
    made = chosen(sheet(read("a,b,c\n1,x,1\n2,y,2\n3,z,4\n4,z,5\n")), "c", ["a", "b"])
    assert made.notes == ("'b' makes 3 features: b = x, b = y, b = z.",)


def test_a_feature_is_needed_and_the_target_is_none():
    read_in = sheet(read("x,y\n1,2\n3,5\n"))
    with pytest.raises(ValueError, match="at least one feature"):
        chosen(read_in, "y", ["y"])


def test_a_spreadsheet_is_read_by_its_values():
    openpyxl = pytest.importorskip("openpyxl")
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (["Houses"], ["size", "kind", "price"], [1.5, "a", 10], [2, None, 20], [4, "b", 15]):
        book.active.append(row)
    book.create_sheet("notes")
    book.save(file)
    read_in = sheet(read(file.getvalue()))
    assert [column.cells for column in read_in.columns] == [
        ("1.5", "2", "4"), ("a", "", "b"), ("10", "20", "15"),
    ]  # fmt: skip
    assert read_in.notes == (
        "Of 2 sheets, the first is read.", "What stands above the table is left out: Houses",
    )  # fmt: skip
