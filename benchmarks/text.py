"""Text: "are these two passages from the same module?", on what every Python has with it.

Classes are the modules of the standard library with enough text in their docstrings, which is cut
into passages. A passage becomes 256 numbers: counts of its character n-grams, hashed, as bytes.
An .npz of them goes the whole way of `first_light.py`, with .npy files to verify: once with
passages never seen of modules that were trained on, once with modules never seen. Writes
`benchmarks/results/text.json`.
"""

import argparse
import ast
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from commandline import write_result
from first_light import walk
from numpy.typing import NDArray
from provenance import provenance
from untrained import untrained_auc

RECIPES = [Path(__file__).parent / "recipes" / f"{name}.toml" for name in ("text", "text-open-set")]
NUMBERS = 256  # in a vector
SHORTEST, PASSAGE = 20, 500  # characters, of a docstring and of a passage
FEWEST, MOST = 10, 60  # passages of a module
LEFT_OUT = {"test", "idlelib", "lib2to3", "turtledemo", "__phello__"}  # tests and programs
SCALE = 4.0  # the root of a share is seldom above a quarter


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for data, run and bundle")
    args = parser.parse_args()
    texts = chosen_passages()
    labels = [name for name, own in texts.items() for _ in own]
    args.out.mkdir(parents=True, exist_ok=True)
    data = args.out / "docstrings.npz"
    vectors = to_vectors([text for own in texts.values() for text in own])
    np.savez(data, images=vectors, labels=np.array(labels))
    args.minutes, args.point_estimates = None, False
    args.settings = [f"data.spec={data.as_posix()}"]
    result = {
        "command": "python benchmarks/text.py --out DIR",
        **provenance(),
        "data": {"modules": {name: len(own) for name, own in texts.items()}, "numbers": NUMBERS},
        "recipes": {recipe.stem: walk(recipe, args) for recipe in RECIPES},
        "untrained_auc": {recipe.stem: untrained_auc(args.out / recipe.stem) for recipe in RECIPES},
    }
    write_result("text", result)


def chosen_passages() -> dict[str, list[str]]:
    """Passages of each module or package that has enough of them, drawn evenly from it."""
    library = Path(sysconfig.get_path("stdlib"))
    chosen = {}
    for name in sorted(set(sys.stdlib_module_names) - LEFT_OUT):
        files = [library / f"{name}.py", *sorted((library / name).rglob("*.py"))]
        files = [file for file in files if file.is_file() and "test" not in file.parts]
        # Inherited docstrings are copied at times: each text counts once.
        own = passages(dict.fromkeys(text for file in files for text in docstrings(file)))
        if len(own) >= FEWEST:
            drawn = np.random.default_rng(0).permutation(len(own))[:MOST]
            chosen[name] = [own[place] for place in np.sort(drawn)]
    return chosen


def passages(texts: Iterable[str]) -> list[str]:
    """Join texts that follow each other until they are long enough; a rest is left."""
    joined, passage = [], ""
    for text in texts:
        passage += text + "\n"
        if len(passage) >= PASSAGE:
            joined.append(passage)
            passage = ""
    return joined


def docstrings(file: Path) -> Iterator[str]:
    """Docstrings of the functions and classes in a file, without running it."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            text = ast.get_docstring(node)
            if text and len(text) >= SHORTEST:
                yield text


def to_vectors(texts: list[str]) -> NDArray[np.uint8]:
    """Hash and count n-grams of 2 to 4 characters, (n, 1, 256); the root tames the frequent."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashing = HashingVectorizer(
        analyzer="char_wb", ngram_range=(2, 4), n_features=NUMBERS, alternate_sign=False, norm="l1"
    )
    shares = hashing.transform(texts).toarray()
    vectors = np.rint(255.0 * np.minimum(1.0, SCALE * np.sqrt(shares)))
    return vectors.astype(np.uint8)[:, np.newaxis]


if __name__ == "__main__":
    main()
