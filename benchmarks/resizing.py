"""The runtime's resize in numpy beside Pillow's BILINEAR, the same filter with other rounding.

Both take the same array and give the same kind: Pillow's time holds the way from an array to its
image and back, since a decoded image has to become an array for the model anyway; the time of
its resize alone is there too. `whole_products` is the runtime's resize without the limit on matrix
products that keeps OpenBLAS on one thread; it has rounds of its own, for its threads go on spinning
and would slow the others down. Rounds of the others are interleaved, so that whatever else runs
meets all.
Writes `benchmarks/results/resizing.json`.
"""

import argparse
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance, versions

SOURCES = ((48, 32), (224, 224), (640, 480), (1920, 1080), (4000, 3000))  # width, height
SIDES = (32, 96, 224)
ENOUGH = 1.0  # seconds a case runs at least; small images get more rounds


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="at least; more for small images")
    args = parser.parse_args()
    load = [round(value, 1) for value in os.getloadavg()]
    cases = [
        measured(width, height, side, args.rounds) for width, height in SOURCES for side in SIDES
    ]
    result = {
        "command": f"python benchmarks/resizing.py --rounds {args.rounds}",
        **provenance(),
        "pillow": versions(("pillow",))["pillow"],
        "load": load,
        "cases": cases,
    }
    write_result("resizing", result)


def measured(width: int, height: int, side: int, rounds: int) -> dict[str, Any]:
    """Median milliseconds of both for an RGB image of noise, and how far apart they come out."""
    from PIL import Image

    from twinlet.preprocessing import resize, resizing

    pixels: NDArray[np.uint8] = np.random.default_rng(0).integers(
        0, 256, (height, width, 3), dtype=np.uint8
    )
    image = Image.fromarray(pixels)

    def whole_products() -> Any:
        limit, resizing.PRODUCT = resizing.PRODUCT, 1 << 62
        try:
            return resize(pixels, side, side)
        finally:
            resizing.PRODUCT = limit

    def alone() -> Any:
        return image.resize((side, side), Image.Resampling.BILINEAR)

    def pillow() -> Any:
        resized = Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR)
        return np.asarray(resized)

    def own() -> Any:
        return resize(pixels, side, side)

    difference = np.abs(own().astype(int) - pillow())
    seconds = timed({"twinlet": own, "pillow": pillow, "pillow_alone": alone}, rounds)
    seconds |= timed({"whole_products": whole_products}, rounds)
    p50 = {name: median(times) for name, times in seconds.items()}
    return {
        "width": width,
        "height": height,
        "side": side,
        "rounds": len(seconds["twinlet"]),
        "p50_ms": {name: round(1000.0 * value, 4) for name, value in p50.items()},
        "times_pillow": round(p50["twinlet"] / p50["pillow"], 2),
        "times_pillow_alone": round(p50["twinlet"] / p50["pillow_alone"], 2),
        "largest_difference": int(difference.max()),
        "differing_share": round(float((difference > 0).mean()), 4),
    }


def timed(contenders: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each in every round; the first, which warms up, is left out."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    started = time.perf_counter()
    done = 0
    while done <= rounds or time.perf_counter() - started < ENOUGH:
        for name, do in contenders.items():
            before = time.perf_counter()
            do()
            seconds[name].append(time.perf_counter() - before)
        done += 1
    return {name: times[1:] for name, times in seconds.items()}


if __name__ == "__main__":
    main()
