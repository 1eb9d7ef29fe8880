"""A bill of quantities: how many plates and poles of which sort, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price of a unit, and whether the office has verified it."""

    amount: Decimal
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One line: so many of something at a price; ``None`` where nobody knows the price."""

    item: str
    count: int
    price: Decimal | None
    verified: bool = False

    @property
    def cost(self) -> Decimal | None:
        """What the line costs."""
        return None if self.price is None else self.price * self.count


@dataclass(frozen=True, kw_only=True)
class Bill:
    """All lines of a bill."""

    lines: Sequence[BillLine]

    @property
    def total(self) -> Decimal | None:
        """The sum; ``None`` as long as a price is missing: a sum without it would be too small."""
        costs = [line.cost for line in self.lines]
        return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal(0))

    @property
    def verified(self) -> bool:
        """Whether every price has been verified."""
        return all(line.verified for line in self.lines)


def bill(items: Iterable[str], prices: Mapping[str, Price]) -> Bill:
    """Count items and price them.

    Parameters
    ----------
    items
        What is needed, one by one: the code of a plate's or pole's sort.
    prices
        By code; a code without a price makes a line without a cost.
    """
    counts: dict[str, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    lines = []
    for item, count in sorted(counts.items()):
        price = prices.get(item)
        lines.append(
            BillLine(item=item, count=count, price=price.amount if price else None, verified=bool(price and price.verified))
        )  # fmt: skip
    return Bill(lines=lines)
