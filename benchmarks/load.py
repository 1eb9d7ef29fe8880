"""Many visitors at once, mixed over pages, tiles and the interface for programs: how long the slowest wait, and what is wrong.

    python benchmarks/load.py http://127.0.0.1:8000 --clients 200 --seconds 30

Each client asks for one thing after another, as browsers do that keep a connection; what each answer must hold is checked.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# How long a client waits for an answer before it is counted as none.
PATIENCE_S = 60
Check = Callable[[bytes], bool]
JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Request:
    """What is asked, and what an answer of status 200 must hold."""

    kind: str
    path: str
    is_right: Check = lambda _body: True
    statuses: tuple[int, ...] = (200,)


def _features(body: bytes) -> bool:
    answer = json.loads(body)
    return answer["numberReturned"] == len(answer["features"]) <= answer["numberMatched"]


def _page(body: bytes) -> bool:
    return b"</html>" in body


MIX: tuple[Request, ...] = (
    Request("page", "/", _page),
    Request("page", "/?all=1", _page),
    Request("page", "/statistics/", _page),
    Request("page", "/names/", _page),
    Request("tile", "/tiles/base/12/3254/1577.mvt", statuses=(200, 204)),
    Request("tile", "/tiles/base/10/813/394.mvt", statuses=(200, 204)),
    Request("tile", "/tiles/base/14/13017/6310.mvt", statuses=(200, 204)),
    Request("api", "/api/collections/facilities/items?limit=50&f=json", _features),
    Request("api", "/api/collections/roads/items?limit=50&f=json", _features),
    Request("api", "/api/collections/facilities/changes?f=json", lambda body: "changes" in json.loads(body)),
    Request("api", "/health/", lambda body: body == b"ok\n"),
)


@dataclass
class Figures:
    """What came of it: seconds by kind, and how often what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    wrong: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, request: Request, seconds: float, trouble: str = "") -> None:
        """Note one answer, or that there was none."""
        with self.lock:
            self.seconds.setdefault(request.kind, []).append(seconds)
            if trouble:
                self.wrong[f"{trouble}: {request.path}"] += 1

    @property
    def answered(self) -> int:
        """How many were answered, right or wrong."""
        return sum(map(len, self.seconds.values()))

    def percentile_s(self, share: float, kind: str | None = None) -> float:
        """Return the seconds within which this share of the answers came."""
        values = sorted(self.seconds.get(kind, []) if kind else itertools.chain(*self.seconds.values()))
        return values[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def load(
    address: str, *, clients: int, seconds: float, mix: Sequence[Request] = MIX, seed: int = 1
) -> Figures:
    """Ask as so many clients at once for so long, and return what came of it."""
    figures, until, parts = Figures(), time.monotonic() + seconds, urlsplit(address)

    def visit(number: int) -> None:
        chosen = random.Random(seed * 1000 + number)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE_S)
        while time.monotonic() < until:
            request, begun, trouble = chosen.choice(mix), time.monotonic(), ""
            try:
                connection.request("GET", request.path, headers={"Accept-Language": "zh-CN"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status not in request.statuses:
                    trouble = str(answer.status)
                elif answer.status == 200 and not request.is_right(body):
                    trouble = "wrong answer"
            except (OSError, http.client.HTTPException) as error:
                trouble = type(error).__name__
                connection.close()
                time.sleep(0.1)
            figures.note(request, time.monotonic() - begun, trouble)
        connection.close()

    threads = [threading.Thread(target=visit, args=[number], daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures


def main() -> None:
    """Ask a site that runs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("address")
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30)
    given = parser.parse_args()
    figures = load(given.address, clients=given.clients, seconds=given.seconds)
    print(
        f"{figures.answered} answers, {figures.answered / given.seconds:.0f} a second, of {given.clients} clients"
    )
    for kind in sorted(figures.seconds):
        half, most = figures.percentile_s(0.5, kind), figures.percentile_s(0.95, kind)
        print(f"  {kind:5} {len(figures.seconds[kind]):7}  median {half:6.3f} s  p95 {most:6.3f} s")
    print("wrong:", dict(figures.wrong) or "nothing")


if __name__ == "__main__":
    main()
