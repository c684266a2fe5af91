"""Ready configurations by purpose, each a TOML file beside this one."""

from importlib.resources import files

from twinlet.errors import InvalidInputError

PRESETS = ("quick", "balanced", "best", "reference")
PRESET_HELP = (
    "a ready configuration: quick (a first look), balanced, best (for accuracy), reference (the "
    "well-known recipe of fixed triplets)"
)


def preset_text(name: str) -> str:
    """The TOML text of a preset.

    Raises:
        InvalidInputError: There is none of that name.
    """
    if name not in PRESETS:
        raise InvalidInputError(f"unknown preset {name!r}; expected one of {', '.join(PRESETS)}")
    return files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
