"""Code written by the functions themselves: arithmetic on symbols leaves its own text behind."""

import ast
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

_ONE = ast.dump(ast.Constant(1))


class Symbol:
    """Stands for a number in arithmetic, NumPy's elementwise functions included.

    Parameters
    ----------
    node : ast.expr or str
        Code, or a name.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, node: ast.expr | str) -> None:
        self.node = ast.Name(node) if isinstance(node, str) else node

    def __neg__(self) -> "Symbol":
        return Symbol(ast.UnaryOp(ast.USub(), self.node))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **more: Any) -> "Symbol":
        """Write a call of NumPy's function, or its sign where it has one."""
        if method != "__call__" or more:
            raise TypeError(f"no code for {ufunc.__name__} with {method} and {', '.join(more)}")
        if ufunc in _SIGNS:
            return _SIGNS[ufunc](*inputs)
        name = ast.Attribute(ast.Name("np"), ufunc.__name__)
        return Symbol(ast.Call(name, [_node(one) for one in inputs], []))


def as_code(value: Any) -> str:
    """Return the code of a symbol, or of a number."""
    return ast.unparse(_node(value))


def _node(value: Any) -> ast.expr:
    if isinstance(value, Symbol):
        return value.node
    number = np.asarray(value).item()
    if number < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-number))
    return ast.Constant(number)


def _binary(sign: ast.operator) -> Callable[[Any, Any], Symbol]:
    def write(left: Any, right: Any) -> Symbol:
        a, b = _node(left), _node(right)
        if isinstance(sign, ast.Mult) and ast.dump(a) == _ONE:
            return Symbol(b)
        return Symbol(ast.BinOp(a, sign, b))

    return write


_SIGNS: dict[Any, Callable[..., Symbol]] = {
    np.add: _binary(ast.Add()),
    np.subtract: _binary(ast.Sub()),
    np.multiply: _binary(ast.Mult()),
    np.divide: _binary(ast.Div()),
    np.power: _binary(ast.Pow()),
    np.negative: operator.neg,
}
for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "pow": np.power
}.items():  # fmt: skip
    setattr(Symbol, f"__{_name}__", _SIGNS[_ufunc])
    setattr(Symbol, f"__r{_name}__", lambda self, other, write=_SIGNS[_ufunc]: write(other, self))
