"""Several processes give what one gives: for real, on this machine."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from importlib.util import find_spec

import numpy as np
import pytest

from twinlet.errors import InvalidInputError, TwinletError
from twinlet_train import load_run, parallel
from twinlet_train.launching import launch
from twinlet_train.parallel import ALONE, Group, agreed, check_backend

needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="needs jax")

# A loss without mining, a plain optimizer, small steps: rounding stays rounding. Sums over shares
# round otherwise than sums over a batch, and mining, Adam and long steps amplify that: ten times
# these steps make 1e-4 of difference 3e-3 where the processor has no AVX-512. With these the loss
# still falls by 30 times the tolerance, so that gradients wrong by a few percent are seen.
WORDS = ["train", "--data", "digits", "--epochs", "2"]
SETTINGS = [
    "model.backbone=tiny",
    "loss.name=supervised-contrastive",
    "fit.optimizer=sgd",
    "fit.learning_rate=0.0003",
]


def words(out, *more):
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    return [*WORDS, *settings, "--out", str(out), *more]


@needs_jax
@pytest.mark.slow
def test_two_processes_follow_the_loss_curve_of_one(tmp_path):
    for out, more in (("one", ()), ("two", ("--processes", "2"))):
        done = subprocess.run(
            [sys.executable, "-m", "twinlet", *words(tmp_path / out, *more), "--json"],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert json.loads(done.stdout)["run"] == str(tmp_path / out)
    one, two = (load_run(tmp_path / out).record for out in ("one", "two"))
    assert (one["processes"], two["processes"]) == (1, 2)
    assert len(two["machine"]["devices"]) == 2
    np.testing.assert_allclose(two["history"]["loss"], one["history"]["loss"], rtol=1e-3)
    # The first twin barely differs from chance, where ranks turn on rounding.
    np.testing.assert_allclose(two["history"]["val_auc"], one["history"]["val_auc"], atol=0.02)
    # and it did learn
    assert two["history"]["loss"][1] < two["history"]["loss"][0]


@needs_jax
def test_when_one_process_fails_all_end_and_it_is_told(tmp_path):
    with pytest.raises(TwinletError, match=r"process \d of 2 ended with exit code 2"):
        launch(words(tmp_path / "run", "--processes", "2", "--set", "loss.name=none"), 2)
    assert not (tmp_path / "run").exists()


def test_shares_are_equal_and_cover_the_batch():
    batch = np.arange(12)
    shares = [batch[Group(3, rank, "host:1").share(12)] for rank in range(3)]
    assert np.concatenate(shares).tolist() == batch.tolist()
    assert {len(share) for share in shares} == {4}
    with pytest.raises(InvalidInputError, match="12 images does not divide among 5 processes"):
        Group(5, 0, "host:1").check_batch(12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 2, "host:1"), r"rank must lie in 0\.\.1, one for each of 2 processes, got 2"),
        ((2, 0, ""), "the coordinator is named HOST:PORT, got ''"),
        ((2, 0, "host"), "HOST:PORT, got 'host'"),
        ((2, 0, "host:port"), "HOST:PORT"),
    ],
)
def test_what_makes_no_group(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        Group(*arguments)


def test_a_process_alone_leads_and_agrees_with_itself():
    assert ALONE.leads
    assert agreed(0.25) == 0.25


@pytest.mark.parametrize(
    ("coordinator", "why"), [("127.0.0.1:9", "refused"), ("no.such.host.invalid:9", "name")]
)
def test_a_first_process_that_never_answers_is_told(monkeypatch, coordinator, why):
    monkeypatch.setattr(parallel, "WAIT", 0.5)
    with pytest.raises(TwinletError) as refusal:
        parallel._await(coordinator)
    said = str(refusal.value)
    assert f"the first process does not answer at {coordinator}: " in said
    assert why in said.lower()
    assert "start it there with --rank 0" in said


def test_a_first_process_that_comes_up_late_is_met():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def listen():
        time.sleep(1.0)
        with socket.create_server(("127.0.0.1", port)) as server:
            server.accept()[0].close()

    late = threading.Thread(target=listen)
    late.start()
    parallel._await(f"127.0.0.1:{port}")
    late.join()


@needs_jax
def test_another_backend_than_jax_is_refused():
    with pytest.raises(InvalidInputError, match="told to use tensorflow: set KERAS_BACKEND=jax"):
        check_backend()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--processes", "0"), "--processes must be at least 1, got 0"),
        (("--rank", "0"), "--rank and --coordinator go with --processes"),
        (("--processes", "2", "--coordinator", "a:1"), "--coordinator goes with --rank"),
        (("--processes", "2", "--rank", "5", "--coordinator", "a:1"), "the rank must lie in"),
    ],
)
def test_options_that_do_not_go_together(more, message, tmp_path, capsys):
    from twinlet.cli import main

    assert main(words(tmp_path / "run", *more)) == 2
    assert message in capsys.readouterr().err
