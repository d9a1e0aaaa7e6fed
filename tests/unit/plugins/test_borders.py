"""The core knows no plugin: it finds them by entry points and never imports one."""

import ast

from geoplatform.config import PROJECT


def test_the_core_imports_no_plugin():
    found = []
    for path in (PROJECT / "geoplatform").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.append(node.module)
            # plugins/README.md: a plugin's package is named so
            found += [f"{path.name}: {name}" for name in names if name.startswith("geoplatform_")]
    assert not found
