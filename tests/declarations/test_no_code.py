"""A declaration is made of words alone: whatever needs code shows that a word is missing."""

import ast
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
DECLARATIONS = sorted(
    path for path in FOLDER.glob("*.py") if not path.name.startswith(("test_", "__")) and path.name != "conftest.py"
)
CODE = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef),
    *(ast.If, ast.IfExp, ast.For, ast.While, ast.Try, ast.With),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda path: path.stem)
def test_a_declaration_has_no_code(declaration: Path) -> None:
    code = [
        f"line {node.lineno}: {type(node).__name__}"
        for node in ast.walk(ast.parse(declaration.read_text()))
        if isinstance(node, CODE)
    ]
    assert code == []


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda path: path.stem)
def test_a_declaration_has_a_journey(declaration: Path) -> None:
    assert (FOLDER / f"test_{declaration.name}").is_file()
