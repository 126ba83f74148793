"""A Python file -> the Dataset that it declares."""

import ast
import importlib.util
import linecache
import sys
import traceback
from pathlib import Path

from dss_assets.dataset import Dataset


class WrongDeclaration(Exception):
    """The file declares no dataset; the text says in which line, and why."""


def read_declaration(path: Path, key: str | None = None) -> Dataset:
    """The one Dataset that a file assigns to a constant, or the one of the `key` organisation.dataset.

    Raises WrongDeclaration, with the line of the file that is wrong.
    """
    if not path.is_file():
        raise WrongDeclaration(f"{path} is no file. Name the Python file that has the Dataset.")
    names = _run(path)
    datasets = {value.key: value for name, value in names.items() if isinstance(value, Dataset) and name in _own(path)}
    if key is not None and key not in datasets:
        raise WrongDeclaration(f"{path} declares no {key}, but: {', '.join(datasets) or 'no dataset'}.")
    if not datasets:
        raise WrongDeclaration(f"{path} declares no dataset. Assign one to a constant: TREES = Dataset(…).")
    if key is None and len(datasets) > 1:
        raise WrongDeclaration(f"{path} declares {', '.join(datasets)}. Choose one of them with --dataset.")
    return datasets[key] if key is not None else next(iter(datasets.values()))


def _run(path: Path) -> dict[str, object]:
    spec = importlib.util.spec_from_file_location("declaration", path)
    if spec is None or spec.loader is None:
        raise WrongDeclaration(f"{path} is no Python file: its name does not end in .py.")
    module = importlib.util.module_from_spec(spec)
    # Beside it may lie what it imports.
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        place = _place(Path(error.filename or path), error.lineno or 0)
        raise WrongDeclaration(f"{place}: {error.msg}{_line(error.filename, error.lineno)}") from error
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if Path(frame.filename).resolve() == path.resolve()]
        place = _place(path, own[-1].lineno or 0) if own else str(path)
        kind = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
        shown = _line(own[-1].filename, own[-1].lineno) if own else ""
        raise WrongDeclaration(f"{place}: {kind}{error}{shown}") from error
    finally:
        sys.path.remove(str(path.parent.resolve()))
    return vars(module)


def _own(path: Path) -> set[str]:
    """The names to which the file assigns, without those that it imports."""
    assigned = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Assign | ast.AnnAssign))
    targets = (
        target for node in assigned for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
    )
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _place(path: Path, line: int) -> str:
    return f"{path}, line {line}" if line else str(path)


def _line(file_name: str | None, number: int | None) -> str:
    text = linecache.getline(file_name, number).strip() if file_name and number else ""
    return f"\n    {text}" if text else ""
