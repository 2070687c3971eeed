"""Names of a package that are imported when somebody asks for them: the window paints before what they need is there.

A package says what is where, and the same once more under `TYPE_CHECKING`, for those who read types.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def names_from(package: dict[str, Any], **modules: tuple[str, ...]) -> Callable[[str], object]:
    """The `__getattr__` of a package, given its `globals()` and the names in each of its modules."""
    homes = {name: module for module, names in modules.items() for name in names}

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package['__name__']!r} has no attribute {name!r}")
        package[name] = getattr(import_module(f"{package['__name__']}.{homes[name]}"), name)
        return package[name]

    return get
