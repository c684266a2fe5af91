"""Train with pytorch-metric-learning what `peers.task` wrote; run by the peers' own Python.

    python -m peers.pml FOLDER CONTENDER OUT

Writes OUT.npz with the embeddings of the test images and OUT.json with what training took.
Needs torch, pytorch-metric-learning and numpy; augmentation and metrics are twinlet's sources,
which need only numpy. The clock runs as in twinlet: training ends, and the learning rate falls,
by the time of steps and validation together, or by the number of steps if that is nearer to
its end.
"""

import argparse
import copy
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from peers.pml_steps import CONTENDERS, Steps
from peers.torch_small import TorchSmall
from provenance import versions

from twinlet.metrics import auc, compare_all
from twinlet.templates import normalise

PACKAGES = ("torch", "pytorch-metric-learning", "numpy")
TOLERANCE = 3e-4  # of the largest number in an embedding; float32 sums in another order, ten layers
BATCH = 256  # images a step of inference


def main() -> None:
    """Prove the network, train, embed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("contender", choices=CONTENDERS)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    import torch

    settings = json.loads((args.folder / "task.json").read_text(encoding="utf-8"))
    torch.set_num_threads(settings["threads"])
    torch.manual_seed(settings["seed"])
    difference = proven(args.folder / "proof.npz", settings)
    with np.load(args.folder / "task.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    network = TorchSmall(settings["channels"], settings["embedding"])
    network.load(arrays)
    record = fitted(network, arrays, settings, args.contender)
    np.savez(args.out.with_suffix(".npz"), embeddings=embedded(network, arrays["test_images"]))
    record |= {
        "weights": network.count,
        "largest_difference_from_keras": difference,
        "threads": torch.get_num_threads(),
        "versions": versions(PACKAGES),
    }
    args.out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def proven(path: Path, settings: dict[str, Any]) -> float:
    """Compare with what Keras made of the same weights and images; give the difference."""
    import torch

    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    network = TorchSmall(settings["channels"], settings["embedding"])
    if network.count != settings["weights"]:
        raise SystemExit(f"expected {settings['weights']} weights, got {network.count}")
    network.load(arrays)
    pixels = torch.from_numpy(arrays["images"])
    found = {"embeddings": embedded(network, arrays["images"])}
    network.layers.train()
    with torch.no_grad():
        found["embeddings_in_training"] = network(pixels).numpy()
    differences = [
        float(np.abs(value - arrays[name]).max() / np.abs(arrays[name]).max())
        for name, value in found.items()
    ]
    if not max(differences) <= TOLERANCE:
        raise SystemExit(f"the network is not Keras': embeddings differ by {differences}")
    return max(differences)


def fitted(
    network: TorchSmall, arrays: dict[str, Any], settings: dict[str, Any], contender: str
) -> dict[str, Any]:
    """Train until the time is over, and put the best epoch's weights back."""
    steps = Steps(network, arrays, settings, contender)
    limit = 60.0 * settings["minutes"]
    seconds = cpu = 0.0
    best, kept, best_epoch = -1.0, network.layers.state_dict(), 0
    history: dict[str, list[float]] = {"loss": [], "val_auc": []}
    speeds: list[float] = []
    while seconds < limit and len(speeds) < (settings["epochs"] or math.inf):
        started, cpu_started = time.perf_counter(), time.process_time()
        loss, speed = steps.epoch(len(speeds), spent=seconds)
        speeds.append(speed)
        templates = normalise(embedded(network, arrays["validation_images"]))
        score = auc(compare_all(templates, arrays["validation_labels"]))
        if score > best:
            best, best_epoch = score, len(speeds)
            kept = copy.deepcopy(network.layers.state_dict())
        history["loss"].append(loss)
        history["val_auc"].append(score)
        seconds += time.perf_counter() - started
        cpu += time.process_time() - cpu_started
        print(
            f"{contender} epoch {len(speeds)}: loss {loss:.4f}  val_auc {score:.4f}  "
            f"{speed:.0f} images/s",
            file=sys.stderr,
        )
    network.layers.load_state_dict(kept)
    return {
        "epochs": len(speeds),
        "best_epoch": best_epoch,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "images_per_second": round(float(np.median(speeds)), 1),
        "history": history,
    }


def embedded(network: TorchSmall, images: Any) -> Any:
    """Raw embeddings (n, d) of images (n, h, w, c), in inference mode."""
    import torch

    network.layers.eval()
    with torch.inference_mode():
        return np.concatenate(
            [
                network(torch.from_numpy(images[start : start + BATCH])).numpy()
                for start in range(0, len(images), BATCH)
            ]
        )


if __name__ == "__main__":
    main()
