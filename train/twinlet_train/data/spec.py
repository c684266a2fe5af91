"""From a `--data SPEC` to labelled images."""

from pathlib import Path

from twinlet.errors import InvalidInputError
from twinlet_train.data import archive, builtin, folder, npz
from twinlet_train.data.labelled import LabelledImages
from twinlet_train.data.uniform import MEMORY_MB, Wanted

NAMED = {
    "digits": builtin.digits,
    "fashion-mnist": builtin.fashion_mnist,
    "cifar10": builtin.cifar10,
}

DATA_HELP = (
    f"labelled images: {', '.join(NAMED)} (looked for in the folder that TWINLET_DATA names, else "
    f"downloaded by Keras), a folder of class folders, the same as .tar, .tar.gz, .tar.xz or "
    f".zip, or an .npz file"
)


def open_data(
    spec: str,
    *,
    size: int | None = None,
    channels: int | None = None,
    memory_mb: int = MEMORY_MB,
    places: bool = False,
) -> LabelledImages:
    """Read a data set.

    Args:
        spec: "digits", "fashion-mnist", "cifar10", a folder of class folders (optionally under
            train/ and test/), the same packed as .tar, .tar.gz, .tar.xz or .zip, or an .npz
            with `images` (n, h, w[, c]) uint8, `labels`, optional `split` and `groups`.
        size: Side in pixels all images are resized to; None or 0: the size they share.
        channels: 1 or 3; None or 0: 3 as soon as one image has colour.
        memory_mb: MiB that the decoded images may take in memory; more of them are kept in a
            scratch file, in the folder TMPDIR names, and read from there.
        places: Whether to keep the place of each image in its folder or archive.

    Returns:
        The images; those that could not be read are listed in `unreadable`.

    Raises:
        InvalidInputError: Nothing usable there, and why.
        TwinletError: The images fit neither memory nor the folder for scratch files.
    """
    if channels not in (None, 0, 1, 3):
        raise InvalidInputError(f"data.channels must be 1 or 3, got {channels}")
    wanted = Wanted(size or None, channels or None, memory_mb, places)
    if spec in NAMED:
        return NAMED[spec](wanted)
    path = Path(spec).expanduser()
    if path.is_dir():
        return folder.read_folder(path, wanted)
    if not path.exists():
        raise InvalidInputError(
            f"no data at {spec}: expected {', '.join(NAMED)}, a folder of class folders, a "
            f".tar, .tar.gz, .tar.xz or .zip of one, or an .npz file"
        )
    if path.suffix == ".npz":
        return npz.read_npz(path, wanted)
    if archive.is_archive(path):
        return archive.read_archive(path, wanted)
    raise InvalidInputError(
        f"{spec} is not a data set: expected a folder, a .tar, .tar.gz, .tar.xz or .zip archive, "
        f"or an .npz file"
    )
