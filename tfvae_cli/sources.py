"""Descriptions of the recipes, read from their source: importing them would load TensorFlow."""

import ast
import functools
import importlib.util
import pathlib
import re
from typing import NamedTuple

from tfvae_cli.problem import Problem


class Recipe(NamedTuple):
    """A function of `tfvae.recipes`.

    Attributes:
        name: Its name.
        summary: First line of its docstring.
        text: Its whole docstring, except the examples.
        arguments: {argument: its default as text}, without the shape of x and the other parts.
    """

    name: str
    summary: str
    text: str
    arguments: dict[str, str]


@functools.cache
def recipes():
    """Returns {name: `Recipe`}, theme by theme in the order of `tfvae.recipes.THEMES`."""
    folder = _folder()
    return {node.name: _recipe(node) for theme in _themes(folder) for node in _functions(folder / f"{theme}.py")}


@functools.cache
def of_tables():
    """Returns {name: `Recipe`} of those that are made for a table, in place of a shape."""
    functions = _functions(_folder() / "tables.py")
    return {node.name: _recipe(node) for node in functions if node.args.kwarg is not None}


def _folder():
    package = importlib.util.find_spec("tfvae")
    if package is None or package.origin is None:
        raise Problem("The package tfvae isn't installed. Install it with: pip install tfvae")
    return pathlib.Path(package.origin).with_name("recipes")


def _functions(path):
    found = [node for node in _parsed(path).body if isinstance(node, ast.FunctionDef)]
    return [node for node in found if not node.name.startswith("_")]


def _parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def _themes(folder):
    for node in _parsed(folder / "__init__.py").body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "THEMES":
            return re.findall(r"\w+", ast.unparse(node.value))
    raise Problem(f"{folder} names no themes. Install tfvae again.")


def _recipe(node):
    text = ast.get_docstring(node) or node.name
    text = text.split("\n>>>")[0].strip()
    names = [argument.arg for argument in node.args.args]
    defaults = dict(zip(reversed(names), map(ast.unparse, reversed(node.args.defaults)), strict=False))
    arguments = {name: defaults[name] for name in names if name in defaults}
    return Recipe(node.name, text.splitlines()[0], text, arguments)
