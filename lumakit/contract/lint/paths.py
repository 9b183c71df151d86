"""Rules on path templates (S157, S158): parameters that are not declared, and such as no request can carry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lumakit.contract.lint.dossier import Dossier
from lumakit.contract.routing import names_in
from lumakit.model import Finding


def undeclared(dossier: Dossier) -> Iterator[Finding]:
    """S157: a path parameter is not declared."""
    for operation in dossier.contract.operations.values():
        declared = {each.name for each in operation.parameters if each.location == "path"}
        for name in names_in(operation.path):
            if name not in declared:
                message = f"{operation.key}: the path parameter {name} is not declared"
                yield dossier.finding("S157", message, operation.pointer, f"{operation.key} {name}")


def not_in_path(dossier: Dossier) -> Iterator[Finding]:
    """S158: a path parameter does not stand in the path."""
    for holder, pointer, parameter in dossier.parameters():
        path, name = holder.rpartition(" ")[2], parameter.get("name")
        if parameter.get("in") == "path" and name not in names_in(path):
            message = f"{holder}: the path parameter {name} does not stand in the path"
            yield dossier.finding("S158", message, pointer, f"{holder} {name}")


RULES: dict[str, Any] = {"S157": undeclared, "S158": not_in_path}
