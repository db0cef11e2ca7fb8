"""What the recipes are, read from their source: importing them would load TensorFlow."""

import ast
import functools
import importlib.util
import pathlib
from typing import NamedTuple

from tfvae_cli.problem import Problem


class Recipe(NamedTuple):
    """A function of `tfvae.recipes`.

    Attributes:
        name: Its name.
        summary: First line of its docstring.
        text: All of its docstring but the examples.
        arguments: {argument: its default as text}, without the shape of x and the other parts.
    """

    name: str
    summary: str
    text: str
    arguments: dict[str, str]


@functools.cache
def recipes():
    """Returns {name: `Recipe`} in the order of the module."""
    package = importlib.util.find_spec("tfvae")
    if package is None or package.origin is None:
        raise Problem("The package tfvae isn't installed. Install it with: pip install tfvae")
    path = pathlib.Path(package.origin).with_name("recipes.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"))
    return {node.name: _recipe(node) for node in functions}


def _recipe(node):
    text = ast.get_docstring(node) or node.name
    text = text.split("\n>>>")[0].strip()
    names = [argument.arg for argument in node.args.args]
    defaults = dict(zip(reversed(names), map(ast.unparse, reversed(node.args.defaults)), strict=False))
    arguments = {name: defaults[name] for name in names if name in defaults}
    return Recipe(node.name, text.splitlines()[0], text, arguments)
