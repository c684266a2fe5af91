"""How each kind of contender trains, and how it embeds the test images."""

import argparse
import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from commandline import trained
from peers.task import OpenSet, write_task

from twinlet_train.config import TrainConfig

ROOT = Path(__file__).parents[2]
COST = ("epochs", "seconds", "cpu_seconds", "images_per_second")
KEPT = (*COST, "best_epoch", "history", "weights")


def limit_threads(count: int) -> None:
    """Let TensorFlow, here and in what is started from here, compute with so many threads."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = str(count)


def run_nothing(task: OpenSet, config: TrainConfig) -> tuple[dict[str, Any], Any]:
    """What the network gives before any training."""
    from twinlet_train.callbacks import raw_embeddings
    from twinlet_train.data import Selected
    from twinlet_train.twin import build_twin

    twin = build_twin(config.model, task.data.contract, seed=config.fit.seed)
    raw = raw_embeddings(twin, Selected(task.data.images, task.test))
    return {**dict.fromkeys(COST, 0), "weights": twin.count_params()}, raw


def run_twinlet(out: Path, task: OpenSet, words: list[str]) -> tuple[dict[str, Any], Any]:
    """Train through the command line, embed the test images with the twin."""
    from twinlet_train import load_twin
    from twinlet_train.callbacks import raw_embeddings
    from twinlet_train.data import Selected

    load = os.getloadavg()[0]
    record = trained(out, *words)
    twin = load_twin(out)
    raw = raw_embeddings(twin, Selected(task.data.images, task.test))
    kept = {key: record[key] for key in KEPT}
    extra = {"stopped_by": record["stopped_by"], "config": record["config"]}
    return {**kept, **extra, "load_before": round(load, 1), "finished": record["finished"]}, raw


def run_peer(
    name: str, out: Path, task: OpenSet, config: TrainConfig, args: argparse.Namespace
) -> tuple[dict[str, Any], Any]:
    """Train with the peer's interpreter, or take what it finished before."""
    ready = out.with_suffix(".json")
    if not ready.is_file():
        exchange = out.parent / "task"
        write_task(exchange, task, config, threads=args.threads)
        load = os.getloadavg()[0]
        rooms = (ROOT / "benchmarks", ROOT / "runtime", ROOT / "train")
        environment = {
            # Threads that wait would otherwise spin, and on a machine that does something else
            # besides make a step of PyTorch several times slower.
            "OMP_WAIT_POLICY": "PASSIVE",
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, rooms)),
        }
        command = [str(args.peer_python), "-m", "peers.pml", str(exchange), name, str(out)]
        if subprocess.run(command, env=environment, check=False).returncode:
            raise SystemExit(f"{name} failed")
        record = json.loads(ready.read_text(encoding="utf-8"))
        record |= {
            "load_before": round(load, 1),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        ready.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    with np.load(out.with_suffix(".npz"), allow_pickle=False) as file:
        return json.loads(ready.read_text(encoding="utf-8")), file["embeddings"]
