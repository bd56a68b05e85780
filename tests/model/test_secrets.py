"""What looks like a secret is not shown, and the rest of a command is."""

from __future__ import annotations

import shlex

import pytest

from burro.model.secrets import is_secret, veiled


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("TOKEN=abc run", "TOKEN=*** run"),
        ("export AWS_SECRET_ACCESS_KEY=abc; run", "export AWS_SECRET_ACCESS_KEY=***; run"),
        ("run --password=abc --user ann", "run --password=*** --user ann"),
        ("run --api-key abc x", "run --api-key *** x"),
        ("run -password abc", "run -password ***"),
        ("PGPASSWORD='a b' psql", "PGPASSWORD=*** psql"),
        ('MY_TOKEN="a b" run | tee x', "MY_TOKEN=*** run | tee x"),
        ("run --password 'a b' x", "run --password *** x"),
        ("run '--password=a b' x", "run '--password=***' x"),
        ("sh -c 'export TOKEN=abc && run'", "sh -c 'export TOKEN=*** && run'"),
        ("sh -c 'DB_PASSWD=abc run'", "sh -c 'DB_PASSWD=***'"),
        ("curl -H 'X-Api-Key: abc' u", "curl -H 'X-Api-Key: ***' u"),
        ("curl -H 'Authorization: Bearer abc' u", "curl -H 'Authorization: Bearer ***' u"),
        ("curl 'https://u/?token=abc&n=1'", "curl 'https://u/?token=***&n=1'"),
        ("git clone https://ann:abc@host/x", "git clone https://ann:***@host/x"),
        ("""post '{"password": "abc", "n": 1}'""", """post '{"password": ***, "n": 1}'"""),
    ],
)
def test_values_that_look_like_secrets_are_veiled(command, shown):
    assert veiled(command) == shown
    assert "abc" not in shown


@pytest.mark.parametrize(
    "command",
    [
        "python train.py --max-tokens 100 --tokenizer bert",
        "sort -k 2 --key=1,2 file",
        "run --monkey banana KEYBOARD=us",
        "echo don't pass this --on",
        "make passes=3",
        "echo https://host/page?n=1",
        "run --password --user ann",
        "author=ann run",
    ],
)
def test_what_is_no_secret_stays_as_it_is(command):
    assert veiled(command) == command


@pytest.mark.parametrize("value", ["a b", "it's", '"', "$x", "a;b", "back\\slash", "two\nlines", "''", "'\"'"])
def test_a_value_is_veiled_whatever_it_is_made_of(value):
    for words in (
        ["run", f"--token={value}end"],
        ["run", "--token", f"{value}end"],
        ["env", f"TOKEN={value}end", "run"],
    ):
        shown = veiled(shlex.join(words))
        assert "end" not in shown, (words, shown)


def test_names():
    assert all(map(is_secret, ["DB_PASSWORD", "githubToken", "api-key", "my.secret", "privatekey", "PGPASSWORD"]))
    assert not any(map(is_secret, ["tokens", "key", "keyboard", "tokenizer", "passes", "author", "compass_north"]))
