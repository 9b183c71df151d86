"""What operations cost, as a user has written it down: a table of operations and prices, in YAML, JSON or TOML.

Knows the contract's names of operations. Guesses no price: what is not in the table has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from lumakit import stricttoml
from lumakit.check.ledger import MAX_PRICE
from lumakit.contract import document as documents
from lumakit.contract import pointer as pointers
from lumakit.contract.compile import Contract
from lumakit.contract.document import Document
from lumakit.errors import DocumentError, UsageError

MOST = MAX_PRICE


def read(path: Path | str, contract: Contract) -> Mapping[str, Decimal]:
    """The prices of operations, by their keys."""
    name = Path(path).name
    if Path(path).suffix.lower() == ".toml":
        text, _ = documents.read_page(Path(path), name)
        return prices(Document(name, _toml(text, name), "{}"), contract)  # no line is looked for in TOML
    return prices(documents.read(Path(path), name), contract)


def prices(document: Document, contract: Contract) -> Mapping[str, Decimal]:
    """The prices that a document lists."""
    found: dict[str, Decimal] = {}
    for name, value in document.data.items():
        where = document.place(pointers.join(name))
        try:
            key = contract.operation(name).key
        except UsageError as error:
            raise DocumentError(error.what, code="price_unusable", where=where, hint=error.hint) from None
        if key in found:
            hint = "leave one of them out"
            raise DocumentError(f"{key} has two prices", code="price_unusable", where=where, hint=hint)
        found[key] = _price(value, where)
    return found


def _price(value: Any, where: str) -> Decimal:
    try:
        price = Decimal(str(value)) if type(value) in (int, float, Decimal) else Decimal("NaN")
    except InvalidOperation:
        price = Decimal("NaN")
    if not (price.is_finite() and 0 <= price <= MOST):
        what = f"{value!r:.60} is no price"
        hint = f"a number from 0 to {MOST:,f}, without a currency, such as 0.35"
        raise DocumentError(what, code="price_unusable", where=where, hint=hint)
    return price


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return stricttoml.loads(text, parse_float=Decimal)
    except stricttoml.TomlProblem as error:
        hint = 'check it with a TOML editor: "POST /path" = 0.35'
        raise DocumentError(str(error), code="price_unusable", where=name, hint=hint) from None
