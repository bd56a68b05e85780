from __future__ import annotations

import itertools
import os

import pytest

from burro.base.encoding import is_binary
from burro.model.largefiles import bytes_of, rule_of
from burro.provenance import keys

NAMES = [
    *("a.tar.gz", "b.x y.txt", "c.toolong.gz", "d.é.gz", "e.", "noext", "f.a.b.c.d", "g.we!rd.gz", "h..gz", ".tar.gz"),
    *(".bashrc", "x.éé.é", "x.ab-c", "a.b.cdefg", "x.日本", "dir.d/x.gz", "x.gz.", "q.ééé.x", "x. gz", "x.½.a", "..gz"),
]


@pytest.mark.parametrize("backend", ["MD5E", "SHA256E", "SHA512", "SHA1E"])
def test_keys_and_places_are_those_of_git_annex(annexed, backend):
    for name in NAMES:
        annexed.write(name, f"content of {name}")

    given = "\n".join(NAMES) + "\n"
    theirs = annexed.run("git-annex", "calckey", f"--backend={backend}", "--batch", given=given).splitlines()
    ours = [keys.key_of(str(annexed.path / name), backend) for name in NAMES]
    assert ours == theirs
    wanted = "\n".join(theirs) + "\n"
    places = annexed.run("git-annex", "examinekey", "--batch", "--format=${objectpath}\\n", given=wanted).splitlines()
    assert [f".git/annex/objects/{keys.place_of(key)}" for key in ours] == places


def test_a_link_tells_its_key():
    key = "URL--http&c%%example.org%x"
    target = f"../.git/annex/objects/aa/bb/{key}/{key}"
    assert keys.key_of_link(target) == "URL--http://example.org/x"
    assert keys.escaped("URL--http://example.org/x") == key
    assert keys.key_of_link("../elsewhere") is None


@pytest.mark.parametrize(
    ("expression", "large"),
    [
        *[("anything", True), ("nothing", False), ("largerthan=100kb", False), ("largerthan=10b", True)],
        *[("include=*.bin", True), ("exclude=*.bin", False), ("include=*.txt or smallerthan=1mb", True)],
        *[("not (include=d/* and largerthan=10)", False), ("((mimeencoding=binary)and(largerthan=0))", True)],
        *[
            ("mimetype=image/*", None),
            ("mimetype=image/* or anything", True),
            ("gibberish(", None),
            ("(anything", None),
        ],
        *[("include=*.b[i]n", None), ("copies=2 and nothing", False), ("include=d/* largerthan=10", True)],
    ],
)
def test_what_counts_as_large(tmp_path, expression, large):
    file = tmp_path / "x.bin"
    file.write_bytes(b"\0\0\1" * 10)
    assert rule_of(expression)("d/x.bin", 30, lambda: is_binary(str(file), 30)) is large


def test_sizes():
    assert [bytes_of(text) for text in ("1", "2kb", "2KiB", "1.5 m", "1.5MB", "x")] == [
        *(1, 2000, 2048, None, 1_500_000, None)
    ]


@pytest.mark.parametrize(
    ("content", "binary"),
    [(b"", True), (b"plain\n", False), (b"\0\1\0\0", True), ("ü".encode(), None), ("x".encode("utf-16"), None)],
)
def test_only_what_is_beyond_doubt_is_called_text_or_binary(tmp_path, content, binary):
    file = tmp_path / "x"
    file.write_bytes(content)
    assert is_binary(str(file), len(content)) is binary


def test_git_annex_agrees_on_large_files(annexed):
    annexed.write(
        ".gitattributes",
        "* annex.largefiles=((mimeencoding=binary)and(largerthan=0))\n*.csv annex.largefiles=nothing\n",
    )
    annexed.git("commit", "-qam", "text to git")
    contents = {"empty": b"", "text": b"abc\n", "zeros": bytes(100), "utf8": "grün\n".encode(), "x.csv": bytes(9)}
    contents |= {"utf16": "abc".encode("utf-16"), "noise": bytes(range(256)), "bare16": "abcd".encode("utf-16-le")}
    contents |= {".dot": bytes(9), "tail": b"x" * 70_000 + b"\0\0"}
    for number, name in itertools.product((1, 2), contents):
        annexed.write(f"{number}/{name}", contents[name])

    annexed.well(annexed.job(1, "1"), ingest="auto")
    annexed.well(annexed.job(2, "2"), ingest="annex")

    ours, theirs = ([name for name in contents if os.path.islink(annexed.path / n / name)] for n in "12")
    assert ours == theirs
    assert {"zeros", "noise"} <= set(ours)
    annexed.sound()
