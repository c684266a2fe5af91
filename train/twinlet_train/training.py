"""Training a twin: from a configuration to a finished run folder."""

import logging
import os
import shutil
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from statistics import median
from typing import TYPE_CHECKING, Any

from twinlet.errors import InvalidInputError, MissingExtraError, TwinletError
from twinlet_train.alone import Hold
from twinlet_train.backbones import chosen_backbone
from twinlet_train.comparing import TEST_IMAGES, VALIDATION_IMAGES, compared
from twinlet_train.config import TrainConfig
from twinlet_train.data import LabelledImages, Selected, open_data
from twinlet_train.data.assemble import place_of
from twinlet_train.data.sketch import Sketch
from twinlet_train.data.variety import check_variety
from twinlet_train.disk import check_room
from twinlet_train.parallel import ALONE, Group, joined, shared
from twinlet_train.record import describe_data, describe_machine, describe_versions
from twinlet_train.run import (
    CONFIG,
    FINISHED,
    PICTURES,
    RECORD,
    RUNNING,
    STATE,
    TWIN,
    Run,
    load_run,
    write_json,
)
from twinlet_train.run_folder import check_done, check_free, prepare_folder
from twinlet_train.splits import PARTS, Splits, check_heeded, make_splits

if TYPE_CHECKING:
    import keras

    from twinlet_train.checkpoint import Checkpoint

log = logging.getLogger("twinlet")

TOLD = 10  # unreadable files that are named


def train(config: TrainConfig, out: Path, *, resume: bool = False, group: Group = ALONE) -> Run:
    """Train a twin and write its run folder.

    Args:
        config: What to train on, and how.
        out: The run folder; new, unless resuming.
        resume: Go on where a killed run stopped. A finished run is returned as it is.
        group: The processes that train together, all of which call this; the first writes.

    Returns:
        The finished run; for a process that does not lead, the run as it is by then.

    Raises:
        InvalidInputError: Unusable data or configuration, a folder that is in the way, or one
            that another process trains into.
        TwinletError: The loss broke down, the folder cannot be written, or memory ran out.
        MissingExtraError: TensorBoard is asked for and not installed.
    """
    with Hold(out) as hold:
        if group.leads:
            if out.is_dir():
                hold.take()
            old = prepare_folder(config, out, resume=resume)
        else:  # the leader has checked the folder
            old = load_run(out) if resume else None
        return _train(config, out, old, group, hold)


def _train(config: TrainConfig, out: Path, old: Run | None, group: Group, hold: Hold) -> Run:
    if old is not None and old.finished:
        check_done(old, config)
        log.info("%s is finished already; nothing to resume", out)
        return old
    if group.leads and config.fit.tensorboard and find_spec("tensorboard") is None:
        raise MissingExtraError(
            "fit.tensorboard needs TensorBoard, which is not installed: pip install tensorboard"
        )
    channels = config.data.channels or chosen_backbone(config.model.backbone).channels
    data = open_data(
        config.data.spec,
        size=config.data.size,
        channels=channels,
        memory_mb=config.data.memory_mb,
    )
    _say_counts(data)
    check_variety(data)
    if old is not None:
        expected = old.record["data"]["fingerprint"]
        if expected != data.fingerprint:
            raise InvalidInputError(
                f"cannot resume {out}: the data has changed (fingerprint {expected[:12]} then, "
                f"{data.fingerprint[:12]} now); restore it or train into another folder"
            )
    splits = make_splits(data, config.split)
    if old is None:
        check_heeded(data, config.split, splits)
    else:
        old.check_split(splits)
    log.info("%s", splits.protocol)
    try:
        return _fit(config, out, data, splits, old, group, hold)
    except OSError as error:
        raise TwinletError(
            f"cannot write the run folder {out}: {error}; "
            + (
                "what the last whole epoch saved is kept, make room and use --resume"
                if (out / RECORD).is_file()
                else "nothing was trained yet; choose another --out"
            )
        ) from error
    except Exception as error:
        from twinlet_train.backend import is_out_of_memory

        if not is_out_of_memory(error):
            raise
        fit, key = config.fit, "fit.samples_per_class"
        batch = f"{fit.classes_per_batch} x {fit.samples_per_class} images"
        if fit.recipe == "fixed":
            batch, key = f"{fit.batch} triplets", "fit.batch"
        raise TwinletError(
            f"out of memory with {batch} a batch and {config.model.embedding} numbers an "
            f"embedding; train into another folder with a lower {key}, or with a smaller network"
        ) from error


def _fit(
    config: TrainConfig,
    out: Path,
    data: LabelledImages,
    splits: Splits,
    old: Run | None,
    group: Group,
    hold: Hold,
) -> Run:
    from twinlet_train.backend import chosen_precision, precision
    from twinlet_train.callbacks import Verification
    from twinlet_train.fitting import run_epochs
    from twinlet_train.measure import measure
    from twinlet_train.pictures import draw_after, draw_before
    from twinlet_train.quicker import quicker
    from twinlet_train.recipes import prepare
    from twinlet_train.twin import build_twin

    fit = config.fit
    validation = compared(data.labels, splits.validation, VALIDATION_IMAGES, seed=fit.seed)
    test = compared(data.labels, splits.test, TEST_IMAGES, seed=fit.seed)
    with joined(group):
        policy = chosen_precision(fit.precision)
        with shared(group), precision(policy):
            built = build_twin(config.model, data.contract, seed=fit.seed)
            trained = quicker(built)
        # What is saved and measured computes in full precision, and by itself.
        twin, measured = built, trained
        if policy != "float32" or group.count > 1:
            twin = build_twin(config.model, data.contract, seed=fit.seed)
            measured = quicker(twin)
        with shared(group):
            recipe = prepare(config, trained, data, splits, group)
        record = _begin(config, out, data, splits, old)
        record["weights"] = twin.count_params()
        record["processes"] = group.count
        # Of so many images all comparisons were made, after each epoch and at the end.
        record["split"]["compared"] = {"validation": len(validation), "test": len(test)}
        if group.leads:
            log.info("training %s weights on %s", f"{twin.count_params():,}", _where(record))
            # First what --resume looks for: a disk that fills up here leaves nothing in the way.
            out.mkdir(parents=True, exist_ok=True)
            hold.take()
            if old is None:
                check_free(out)  # as it was when the data was opened
            write_json(out / RECORD, record)
            (out / STATE).mkdir(exist_ok=True)
            _write_config(config, out / CONFIG)
            draw_before(out / PICTURES, measured, data, splits, loss=config.loss, seed=fit.seed)
        with shared(group):
            checkpoint = run_epochs(
                recipe,
                Verification(
                    trained,
                    Selected(data.images, validation),
                    data.labels[validation],
                    own=None if measured is trained else measured,
                ),
                fit,
                out / STATE,
                resume=old is not None,
                leads=group.leads,
                others=_tensorboard(config, out) if group.leads else [],
            )
        weights = trained.get_weights()
        twin.set_weights(weights)
        if measured is not trained:
            measured.set_weights(weights)
    if not group.leads:
        return load_run(out)
    record["test"] = measure(
        measured, Selected(data.images, test), data.labels[test], seed=fit.seed
    )
    history = checkpoint.state.history
    draw_after(out / PICTURES, measured, data, test, history=history, seed=fit.seed)
    return _finish(record, out, twin, checkpoint)


def _begin(
    config: TrainConfig, out: Path, data: LabelledImages, splits: Splits, old: Run | None
) -> dict[str, Any]:
    """The record of a run that starts, or goes on."""
    return {
        "format": 1,
        "status": RUNNING,
        "started": old.record["started"] if old else _now(),
        "config": config.tables(),
        "seed": config.fit.seed,
        "versions": describe_versions(),
        "machine": describe_machine(),
        "data": describe_data(data),
        "split": {
            "protocol": splits.protocol,
            "images": {part: len(getattr(splits, part)) for part in PARTS},
            "trained_on": Sketch.of(data.digests[splits.train]).to_json(),
        },
    }


def _where(record: dict[str, Any]) -> str:
    machine = record["machine"]
    devices = ", ".join(machine["accelerators"] or machine["devices"])
    return f"{devices} ({record['processes']} processes)" if record["processes"] > 1 else devices


def _finish(
    record: dict[str, Any], out: Path, twin: "keras.Model", checkpoint: "Checkpoint"
) -> Run:
    """Write the twin, then the record that says so; only then let the state go."""
    state = checkpoint.state
    aside = out / f"unfinished-{TWIN}"
    check_room(out, twin)
    twin.save(aside)
    os.replace(aside, out / TWIN)
    record |= {
        "status": FINISHED,
        "finished": _now(),
        "epochs": state.epoch,
        "best_epoch": state.best_epoch,
        "monitor": checkpoint.monitor,
        "stopped_by": state.stopped_by,
        "seconds": round(state.seconds, 1),
        "cpu_seconds": round(state.cpu_seconds, 1),
        "images_per_second": round(median(state.history["images_per_second"]), 1),
        "history": state.history,
    }
    write_json(out / RECORD, record)
    shutil.rmtree(out / STATE)
    return load_run(out)


def _write_config(config: TrainConfig, path: Path) -> None:
    import tomli_w

    aside = path.with_suffix(".tmp")
    aside.write_bytes(tomli_w.dumps(config.tables()).encode())
    os.replace(aside, path)


def _tensorboard(config: TrainConfig, out: Path) -> list[Any]:
    if not config.fit.tensorboard:
        return []
    import keras

    return [keras.callbacks.TensorBoard(out / "tensorboard")]


def _say_counts(data: LabelledImages) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in data.counts.items())
    height, width, channels = data.images.shape[1:]
    log.info("%d images of %dx%dx%d: %s", len(data.images), height, width, channels, counts)
    if data.unreadable:
        log.warning("left out, since they cannot be read: %d", len(data.unreadable))
        for item in data.unreadable[:TOLD]:
            log.warning("  %s: %s", item.path, item.reason)
        if more := len(data.unreadable[TOLD:]):
            log.warning("  and %d more; %s lists all", more, RECORD)
        places = (place_of(PurePosixPath(item.path)) for item in data.unreadable)
        lost = sorted({place[1] for place in places if place} - set(data.class_names))
        if lost:
            log.warning("classes without a readable image, left out: %s", ", ".join(lost))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
