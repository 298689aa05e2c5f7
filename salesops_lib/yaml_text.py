"""YAML as people write it by hand: a key that comes twice or a day that does not exist is a fault of its line."""

from __future__ import annotations

from typing import Any

import yaml


def load(text: str) -> Any:
    r"""The content of a YAML text.

    PyYAML lets the last of two equal keys win without a word.

    Raises
    ------
    yaml.YAMLError
        Naming the line.

    Examples
    --------
    >>> load("quarter: 2026Q3")
    {'quarter': '2026Q3'}
    >>> load("a: 1\na: 2")
    Traceback (most recent call last):
    yaml.constructor.ConstructorError: 'a' comes twice: first in line 1
      in "<unicode string>", line 2, column 1:
        a: 2
        ^
    """
    return yaml.load(text, _Loader)  # a safe loader: it makes plain values only


class _Loader(yaml.SafeLoader):
    """Plain values only, each key once, each day one of the calendar."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: dict[tuple[str, str], Any] = {}
        for key, _value in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                continue
            first = seen.setdefault((key.tag, key.value), key)
            if first is not key:
                line = first.start_mark.line + 1
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} comes twice: first in line {line}", key.start_mark
                )
        return super().construct_mapping(node, deep)

    def construct_yaml_timestamp(self, node: Any) -> Any:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            raise yaml.constructor.ConstructorError(
                None, None, f"{node.value!r} is no day of the calendar", node.start_mark
            ) from None


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)
