"""Commands run in this process on the golden probes, saved as files."""

import argparse

import numpy as np
import pytest


@pytest.fixture(scope="session")
def images(tmp_path_factory, probes):
    """One path for each golden probe: two images each of eight identities."""
    folder = tmp_path_factory.mktemp("images")
    paths = []
    for number, pixels in enumerate(probes):
        paths.append(str(folder / f"{number}.npy"))
        np.save(paths[-1], pixels, allow_pickle=False)
    return paths


@pytest.fixture(scope="session")
def run():
    """Parse words with a command's own arguments and run it."""

    def run(command, *words):
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        return command.run(parser.parse_args([str(word) for word in words]))

    return run


@pytest.fixture(scope="session")
def decided(bundle, images):
    """Paths of a golden pair for each decision."""
    golden = bundle.golden()
    return {
        decision: (images[first], images[second])
        for (first, second, _), decision in zip(
            golden.pairs, golden.decisions["onnx-fp32"], strict=True
        )
    }
