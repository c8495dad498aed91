"""Parameters of a request, checked against the annotations of the method they are for."""

from __future__ import annotations

import inspect
import math
import types
from collections.abc import Callable
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints


class ParameterError(ValueError):
    """The parameters do not fit the method; the message names the parameter."""


def bind(function: Callable[..., Any], params: object) -> dict[str, Any]:
    """Check parameters as they came out of JSON.

    Args:
        function: Its keyword-only arguments are the parameters; annotations may be `str`, `int`, `float`,
            `bool`, `list[...]`, `dict[str, ...]`, `Any` and unions of these with None.
        params: Should be a dict.

    Raises:
        ParameterError: One is missing, unknown, or of another type.
    """
    if not isinstance(params, dict):
        raise ParameterError("parameters are given by name, as a JSON object")
    wanted = _parameters(function)
    for name, value in params.items():
        if name not in wanted:
            raise ParameterError(f"no parameter {name!r}; there are {', '.join(wanted) or 'none'}")
        hint, _ = wanted[name]
        if not _fits(value, hint):
            raise ParameterError(f"parameter {name!r} is {str(value)[:60]!r}, expected {_name(hint)}")
    missing = [name for name, (_, required) in wanted.items() if required and name not in params]
    if missing:
        raise ParameterError(f"parameter {missing[0]!r} is missing")
    return params


@cache
def _parameters(function: Callable[..., Any]) -> dict[str, tuple[Any, bool]]:
    """Annotation of each parameter, and whether it must be given."""
    hints = get_type_hints(function)
    return {
        name: (hints[name], parameter.default is parameter.empty)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - an annotation
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return True
    if origin is types.UnionType:
        return any(_fits(value, argument) for argument in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(item, arguments[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, arguments[1]) for item in value.values())
    if isinstance(value, bool):
        return hint is bool
    if hint is float:
        return isinstance(value, int | float) and math.isfinite(value)
    return isinstance(value, hint)


def _name(hint: Any) -> str:  # noqa: ANN401 - an annotation
    return hint.__name__ if isinstance(hint, type) and not get_args(hint) else str(hint)
