"""Values that look like secrets are shown nowhere: what is shown of a command goes through `veiled`.

What looks like one: NAME=value, --name=value, --name value and "Name: value" where the name speaks of a password,
secret, token, key or credential; and the password in the address of a page. What is run is untouched. A rule of
thumb, no more: secrets are better passed in the environment or in a file.
"""

from __future__ import annotations

import re

VEIL = "***"
_HINT = re.compile(r"pass|secret|token|key|credential|auth|://", re.IGNORECASE)
_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s;|&<>()])+""", re.DOTALL)
_QUOTED = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)\"""", re.DOTALL)
_SETTING = re.compile(r"""(['"]*-{0,2}([\w.-]+)['"]*=)(.+)""", re.DOTALL)
_NAME_ALONE = re.compile(r"""(?:-{1,2}([\w.-]+)|[\W_]*([\w.-]+)['"]*:)""")
_QUERY = re.compile(r"([?&]([\w.-]+)=)[^&\s'\"]+")
_ADDRESS = re.compile(r"(://[^/\s:@'\"]*:)[^/\s@'\"]+(?=@)")
_SCHEMES = ("bearer", "basic", "token", "digest")
_ANYWHERE = re.compile(r"passw(or)?d|passphrase|secret|credential|api_?key|access_?key|private_?key")
_PART = re.compile(r"(token|auth|authorization|pwd|pass)$")


def veiled(text: str) -> str:
    """`text`, a command or what is said of one, with `***` for each value that looks like a secret."""
    if not _HINT.search(text):
        return text
    text = _ADDRESS.sub(rf"\g<1>{VEIL}", _QUERY.sub(_veil_query, text))
    pieces, place, hide = [], 0, False
    for found in _WORD.finditer(text):
        word = found[0]
        pieces.append(text[place : found.start()])
        place = found.end()
        if hide and not word.startswith("-"):
            hide = word.strip("'\"").lower() in _SCHEMES
            pieces.append(word if hide else VEIL + _closing(word))
            continue
        hide = _announces(word)
        pieces.append(_veil_word(word))
    return "".join(pieces) + text[place:]


def is_secret(name: str) -> bool:
    """Whether a variable or option of this name holds a secret: DB_PASSWORD, api-key, accessToken; not max-tokens."""
    plain = name.lower().replace("-", "_").replace(".", "_")
    return bool(
        _ANYWHERE.search(plain) or any(_PART.fullmatch(part) or part.endswith("token") for part in plain.split("_"))
    )


def _announces(word: str) -> bool:
    """Whether the next word is a secret: `--token x`, `X-Api-Key: x`, `"password": "x"`."""
    found = _NAME_ALONE.fullmatch(word)
    return bool(found and is_secret(found[1] or found[2]))


def _veil_word(word: str) -> str:
    setting = _SETTING.fullmatch(word)
    if setting and is_secret(setting[2]):
        opened = setting[1][0] if setting[1][0] in "'\"" and setting[1].count(setting[1][0]) == 1 else ""
        return setting[1] + VEIL + opened
    return _QUOTED.sub(lambda quoted: quoted[0][0] + veiled(quoted[0][1:-1]) + quoted[0][-1], word)


def _closing(word: str) -> str:
    """What closes a list or an object behind a hidden value."""
    return word[len(word.rstrip("}],")) :]


def _veil_query(found: re.Match[str]) -> str:
    return found[1] + VEIL if is_secret(found[2]) else found[0]
