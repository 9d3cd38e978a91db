"""graphql-core's messages in the words of JSON: it shows values that were sent as Python writes them."""

import ast
import json
import re

# Where a message shows a value: to its end, but for a full stop (graphql-core, validate_input_value.py).
_SHOWN = re.compile(r"((?:found|Found|cannot represent [\w -]*value): )(.*?)(\.?)$", re.DOTALL)
_ABSENT = re.compile(r"(Expected value of non-null type '[\w\[\]!]+' not to be) None\.$")
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b""", re.DOTALL)
_WORDS = {"None": "null", "True": "true", "False": "false"}


def in_json(message: str) -> str:
    """Return a message with null, true, {"a": 1} where graphql-core wrote None, True, {'a': 1}."""
    return _SHOWN.sub(_as_json, _ABSENT.sub(r"\1 null.", message), count=1)


def _as_json(shown: re.Match[str]) -> str:
    return shown[1] + _TOKEN.sub(_token, shown[2]) + shown[3]


def _token(found: re.Match[str]) -> str:
    token = found[0]
    if token in _WORDS:
        return _WORDS[token]
    try:
        return json.dumps(ast.literal_eval(token), ensure_ascii=False)
    except (SyntaxError, ValueError):
        # A long text, which graphql-core cuts in the middle, perhaps inside of an escape.
        return f'"{token[1:-1]}"'
