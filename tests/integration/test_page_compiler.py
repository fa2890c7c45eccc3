#!/usr/bin/python3
"""page-compiler: which templates and texts it makes C of, and which it refuses and where.

usage: test_page_compiler.py PAGE_COMPILER
"""
import pathlib
import subprocess
import sys
import tempfile

COMPILER = sys.argv[1]
TEXTS = 'NOUN(days, "день", "дня", "дней", "day", "days")\nTEXT(ONE, "Один", "One")\n' \
        'TEXT(SUM, "Сумма {money:sum}, {days:n}", "Sum {money:sum}, {days:n}")\n'

GOOD = [
    "<p>{text a}</p>", '<p title="{attr a}">x</p>', '<a href="/x/{path a}?b={query c}&d={id e}">x</a>',
    '<input type="checkbox"{if a} checked{end}>', "{if a}<b>x</b>{else}<i>y</i>{end}",
    "<table>{each rows}<tr><td>{money sum}</td></tr>{end}</table>", "{say SUM n=days}",
    '<p class="a{if b} c{end}">x</p>', '<a href="#{id x}">x</a>', "{# a remark}<p>x</p>", "{if not a}x{end}",
    '<link rel="stylesheet" href="{static a.css}">', "<!doctype html><p>{say ONE}</p>", "<br/><svg><path/></svg>",
    '<form action="/{route a}"></form>', "{each a}{each b}{text c}{end}{end}",
]
BAD = [
    ("<p>{text a}", "open at its end"), ("<p>{text a}</b>", "not the one open"),
    ("<p title={attr a}>x</p>", "without quotes"), ("<p title=a>x</p>", 'stand in "'),
    ('<p style="color:red">x</p>', "an attribute that"), ('<p onclick="x">x</p>', "an attribute that"),
    ('<p OnClick="{attr a}">x</p>', "an attribute that"), ("<style>p{}</style>", "an element that"),
    ("<script>alert(1)</script>", "must be a file"), ("<script>{text a}</script>", "nothing may be filled"),
    ('<script src="/a.js"/>', "must be closed"), ("<iframe></iframe>", "an element that"),
    ('<a href="{path a}">x</a>', "not with a hole"), ('<a href="javascript:{path a}">x</a>', "begin with one /"),
    ('<a href="//evil">x</a>', "begin with one /"), ('<a href="https://x">x</a>', "begin with one /"),
    ('<a href="/{text a}">x</a>', "may not stand here"), ('<p title="{text a}">x</p>', "may not stand here"),
    ("<p>{attr a}</p>", "may not stand here"), ('<a href="/x{query a}">x</a>', "may not stand here"),
    ("<p>{path a}</p>", "may not stand here"), ("<p>{money a}{time a}</p>", "is kopecks_t elsewhere"),
    ("<{text a}>x</p>", "nothing may be filled"), ("<p {text a}>x</p>", "nothing may be filled"),
    ("<p {attr a}=\"x\">x</p>", "nothing may be filled"), ("<!-- {text a} -->", "nothing may be filled"),
    ("<!--x-->", "neither a tag"), ("{raw a}", "no hole raw"), ("{html a}", "no hole html"),
    ("{if a}<p>{end}</p>", "leaves other elements"), ("{if a}<b>x</b>{else}<i>{end}", "leaves other elements"),
    ("{each a}<p>{end}", "leaves other elements"), ("{if a}x", "without its {end}"), ("{end}", "without its beginning"),
    ("{say NONE}", "no text NONE"), ("{static b.css}", "no static file"), ("{text}", "is expected"),
    ('<p title="a" title="b">x</p>', "a second time"), ('<p title="a"class="b">x</p>', "a blank must stand"),
    ('<p{if a}checked{end}>x</p>', "a blank must stand"), ('<p title="<">x</p>', "in a value"),
    ('<form formaction="/x"></form>', "an attribute that"), ('<p title="x{if a}">{end}x</p>', "leaves other"),
]
BAD_TEXTS = [
    ('TEXT(A, "Один")', "translation missing"), ('TEXT(A, "Один", "")', "an empty text"),
    ('TEXT(A, "{money:a}", "x")', "in Russian alone"), ('TEXT(A, "x", "{money:a}")', "in English alone"),
    ('TEXT(A, "{money:a}", "{time:a}")', "in English alone"), ('TEXT(A, "{raw:a}", "{raw:a}")', "not a place"),
    ('TEXT(A, "x", "y")\nTEXT(A, "x", "y")', "is there already"), ('NOUN(x, "a", "b", "c", "d")', "missing"),
    ('TXT(A, "x", "y")', "expected TEXT"), ('TEXT(A, "x\n", "y")', "closing quote"),
]


def compile_page(directory, template, texts=TEXTS):
    for name, content in (("texts.def", texts), ("a.css", "p{}"), ("page.html", template)):
        (directory / name).write_text(content)
    done = subprocess.run([COMPILER, directory, "made", directory / "texts.def", directory / "a.css",
                           directory / "page.html"], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def main():
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch)
        for template in GOOD:
            status, said = compile_page(directory, template)
            if status:
                faults.append(f"refused: {template}: {said}")
        for template, why in BAD:
            status, said = compile_page(directory, "\n" + template)
            if status != 1 or why not in said or "page.html:2:" not in said:
                faults.append(f"{template}: {status} {said or 'nothing'}, not {why!r}")
        for texts, why in BAD_TEXTS:
            status, said = compile_page(directory, "x", texts)
            if status != 1 or why not in said or "texts.def:" not in said:
                faults.append(f"{texts}: {status} {said or 'nothing'}, not {why!r}")
    print("\n".join(faults) or "ok")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
