"""Running twinlet's own command line, as a user does."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def twinlet(*words: str, allowed: tuple[int, ...] = (0,)) -> tuple[dict[str, Any], float]:
    """Run one command with --json; give its object and its seconds."""
    print("twinlet", *words, file=sys.stderr)
    started = time.perf_counter()
    command = [sys.executable, "-m", "twinlet", *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in allowed:
        raise SystemExit(f"twinlet {words[0]} ended with exit code {done.returncode}")
    return json.loads(done.stdout), time.perf_counter() - started


def trained(run: Path, *words: str) -> dict[str, Any]:
    """Train into a run folder, or go on with what is there; give its record."""
    resume = ("--resume",) if (run / "run.json").exists() else ()
    twinlet("train", "--out", str(run), *words, *resume)
    record: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return record


def named(path: Path) -> str:
    """A recipe as seen from the project's root; only its name if it lies elsewhere."""
    root = Path(__file__).parents[1]
    inside = path.resolve().is_relative_to(root)
    return str(path.resolve().relative_to(root)) if inside else path.name


def earlier_result(name: str) -> dict[str, Any]:
    """Read `results/NAME.json`, to add to it; empty where there is none."""
    path = RESULTS / f"{name}.json"
    result: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return result


def write_result(name: str, result: dict[str, Any]) -> None:
    """Write `results/NAME.json`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(f"wrote {path}")
