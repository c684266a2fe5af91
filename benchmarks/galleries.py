"""Searching real galleries: do strangers find somebody no more often than was set?

Twice, on images that nothing was trained on. Many identities: made-up birds (`sound.py`) that the
network has never heard, some to calibrate, some enrolled, the others strangers, split anew each
time. Few: the ten classes of a data set, calibrated on half of the test images, galleries of five
classes from the other half, the five other classes strangers. Writes
`benchmarks/results/galleries.json`.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from commandline import write_result
from numpy.typing import NDArray
from provenance import provenance
from sound import hatched, spectrogram, sung

from twinlet import Verifier, load
from twinlet.bundle import Bundle
from twinlet.gallery.identification import fmr_for
from twinlet.metrics import (
    Searches,
    Unit,
    clustered_upper,
    count_by_cluster,
    lowest_holding,
    search_all,
    tally_all,
)
from twinlet_train.data import blocks
from twinlet_train.unseen import unseen

FPIRS = (0.3, 0.1, 0.01)
CONFIDENCE = 0.95
EACH = 5  # templates of an enrolled identity
FIRST_BIRD, BIRDS, CLIPS = 1000, 700, 10  # the network's own have lower numbers
CALIBRATING, ENROLLED = 200, 200  # birds
IMAGES = 200  # of a class, in each half

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--birds", type=Path, required=True, help="a bundle of `sound.py`")
    parser.add_argument(
        "--classes", nargs=2, action="append", default=[], metavar=("SPEC", "BUNDLE")
    )
    parser.add_argument("--splits", type=int, default=20, help="of each kind (20)")
    args = parser.parse_args()
    result = {
        "command": f"python benchmarks/galleries.py --birds {args.birds.name} "
        + "".join(f"--classes {spec} {Path(path).name} " for spec, path in args.classes)
        + f"--splits {args.splits}",
        **provenance(),
        "confidence": CONFIDENCE,
        "templates_each": EACH,
        "many": {"data": "birds", **many(load(args.birds), args.splits)},
        "few": {spec: few(spec, Path(path), args.splits) for spec, path in args.classes},
    }
    write_result("galleries", result)


def many(verifier: Verifier, splits: int) -> dict[str, Any]:
    """Galleries of birds, all roles changed in each split."""
    clips = []
    for number in range(FIRST_BIRD, FIRST_BIRD + BIRDS):
        rng = np.random.default_rng([number, 64])
        bird = hatched(rng)
        clips += [spectrogram(sung(bird, rng)) for _ in range(CLIPS)]
    templates = np.stack([one.vector for one in verifier.templates(clips)]).astype(np.float64)
    labels = np.repeat(np.arange(BIRDS), CLIPS)
    searched: list[dict[str, Any]] = []
    for split in range(splits):
        roles = np.random.default_rng([split, BIRDS]).permutation(BIRDS)
        calibrating = np.isin(labels, roles[:CALIBRATING])
        bounds = bound(templates[calibrating], labels[calibrating], "identity")
        strangers = np.isin(labels, roles[CALIBRATING + ENROLLED :])
        for identities in (2, 20, ENROLLED):
            enrolled = np.isin(labels, roles[CALIBRATING : CALIBRATING + identities])
            kept = enrolled & (np.arange(len(labels)) % CLIPS < EACH)
            found = search_all(
                templates[strangers | enrolled & ~kept],
                labels[strangers | enrolled & ~kept],
                templates[kept],
                labels[kept],
            )
            searched += outcomes(found, bounds, identities * EACH)
    return {
        "protocol": f"{BIRDS} birds of {CLIPS} clips that the network was not trained on: "
        f"{CALIBRATING} calibrate, up to {ENROLLED} are enrolled, the rest are strangers",
        "splits": splits,
        "galleries": {"identity": summaries(searched)},
    }


def few(spec: str, path: Path, splits: int) -> dict[str, Any]:
    """Galleries of five of ten classes; the calibration knows all ten from other images."""
    chosen = unseen(spec, Bundle.open(path).manifest)
    verifier = load(path)
    templates = np.concatenate([verifier.embed(block) for block in blocks(chosen.images)])
    vectors, labels = templates.astype(np.float64), chosen.labels
    place = np.zeros(len(labels), dtype=np.int64)  # of an image within its class
    for label in np.unique(labels):
        place[labels == label] = np.arange(np.sum(labels == label))
    galleries = {}
    for unit in ("image", "identity"):
        calibrating = place < IMAGES
        bounds = bound(vectors[calibrating], labels[calibrating], unit)
        searched: list[dict[str, Any]] = []
        for split, enrolled in enumerate(halves(np.unique(labels), splits)):
            for each in (1, 4, 20):
                first = IMAGES + each * split % IMAGES  # other images enrol in each split
                rest = (place >= IMAGES) & (place < 2 * IMAGES)
                kept = np.isin(labels, enrolled) & (place >= first) & (place < first + each)
                probes = rest & ~kept
                found = search_all(vectors[probes], labels[probes], vectors[kept], labels[kept])
                of_classes = [
                    Searches(found.mated, found.ranks, scores, found.identities)
                    for scores in by_class(found, labels[probes], enrolled)
                ]
                searched += outcomes(found, bounds, int(kept.sum()), of_classes)
        galleries[unit] = summaries(searched)
    return {
        "protocol": f"{chosen.protocol}; {IMAGES} images a class calibrate, {IMAGES} others enrol "
        "and search",
        "splits": splits,
        "galleries": galleries,
    }


def halves(classes: Labels, splits: int) -> Iterator[Labels]:
    """Five classes to enrol, drawn anew."""
    for split in range(splits):
        yield np.random.default_rng([split, 5]).permutation(classes)[:5]


def by_class(found: Searches, labels: Labels, enrolled: Labels) -> list[Floats]:
    """The strangers' similarities, one array a class."""
    strangers = labels[~np.isin(labels, enrolled)]
    return [found.non_mated[strangers == label] for label in np.unique(strangers)]


def bound(templates: Floats, labels: Labels, unit: Unit) -> tuple[Floats, Floats]:
    """Thresholds, and the clustered bound of the False Match Rate at each."""
    thresholds = tally_all(templates, labels).candidate_thresholds()
    counts = count_by_cluster(templates, labels, thresholds, unit=unit)
    return thresholds, clustered_upper(counts, CONFIDENCE)


def outcomes(
    found: Searches,
    bounds: tuple[Floats, Floats],
    templates: int,
    of_classes: Sequence[Searches] = (),
) -> list[dict[str, Any]]:
    """What was measured in one gallery at each target; no rate where the search is refused."""
    rows = []
    for fpir in FPIRS:
        place = lowest_holding(bounds[1], fmr_for(fpir, templates))
        row: dict[str, Any] = {"templates": templates, "target": fpir}
        if place is not None:
            threshold = float(bounds[0][place])
            row |= {"fpir": found.fpir(threshold), "fnir": found.fnir(threshold)}
            row["worst_class"] = max((one.fpir(threshold) for one in of_classes), default=None)
        rows.append(row)
    return rows


def summaries(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """All galleries of a size at one target together."""
    found = []
    for templates, fpir in sorted({(row["templates"], row["target"]) for row in rows}):
        own = [row for row in rows if (row["templates"], row["target"]) == (templates, fpir)]
        given = [row for row in own if "fpir" in row]
        summary: dict[str, Any] = {"templates": templates, "target": fpir, "searched": len(own)}
        summary["refused"] = 1.0 - len(given) / len(own)
        if given:
            rates = [row["fpir"] for row in given]
            worst = [row["worst_class"] for row in given if row["worst_class"] is not None]
            summary |= {
                "mean_fpir": float(np.mean(rates)),
                "galleries_within": float(np.mean(np.array(rates) <= fpir)),
                "worst_gallery": max(rates),
                "mean_fnir": float(np.mean([row["fnir"] for row in given])),
                "worst_class": max(worst) if worst else None,
            }
        found.append(summary)
    return found


if __name__ == "__main__":
    main()
