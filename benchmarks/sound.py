"""Sound: "is this the same bird?", from spectrograms of made-up birds.

Each bird is a set of parameters: its register, harmonics, vibrato, glide and rhythm. Each of its
clips has another pitch, start, loudness and background noise. Spectrograms become 64x64 grey PNG
files in class folders, and those go the whole way of `first_light.py`; some birds are never
trained on. Writes `benchmarks/results/sound.json`.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from commandline import write_result
from first_light import walk
from numpy.typing import NDArray
from provenance import provenance
from untrained import untrained_auc

RECIPE = Path(__file__).parent / "recipes" / "sound.toml"
RATE = 8000  # samples a second
SIDE = 64  # of a spectrogram, in pixels
WINDOW, HOP = 256, 120  # samples
LENGTH = WINDOW + (SIDE - 1) * HOP  # samples of a clip, about a second
LOUDEST, QUIETEST = -25.0, -85.0  # dB that become white and black
BIRDS, CLIPS = 60, 30


@dataclass(frozen=True)
class Bird:
    """What all clips of one bird share."""

    pitch: float  # Hz
    harmonics: NDArray[np.float64]  # amplitudes of the fundamental and those above it
    vibrato: tuple[float, float]  # Hz, and depth as a share of the pitch
    glide: float  # octaves from the start of a note to its end
    notes: float  # a second
    decay: float  # of a note, per second


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for clips, run and bundle")
    args = parser.parse_args()
    clips = args.out / "clips"
    write_clips(clips)
    args.minutes, args.point_estimates = None, False
    args.settings = [f"data.spec={clips.as_posix()}"]
    result = {
        "command": "python benchmarks/sound.py --out DIR",
        **provenance(),
        "data": {"classes": BIRDS, "clips_each": CLIPS, "samples_per_second": RATE},
        "recipes": {RECIPE.stem: walk(RECIPE, args)},
        "untrained_auc": {RECIPE.stem: untrained_auc(args.out / RECIPE.stem)},
    }
    write_result("sound", result)


def write_clips(folder: Path) -> None:
    """Write `bird07/03.png` and so on, the same ones each time."""
    from PIL import Image

    for number in range(BIRDS):
        rng = np.random.default_rng([number, 64])
        bird = hatched(rng)
        own = folder / f"bird{number:02}"
        own.mkdir(parents=True, exist_ok=True)
        for clip in range(CLIPS):
            Image.fromarray(spectrogram(sung(bird, rng))).save(own / f"{clip:02}.png")


def hatched(rng: np.random.Generator) -> Bird:
    """Draw a bird."""
    return Bird(
        pitch=500.0 * 2.0 ** rng.uniform(0.0, 1.5),
        harmonics=rng.uniform(0.0, 1.0, 4) * [1.0, 0.8, 0.6, 0.4] + [0.3, 0.0, 0.0, 0.0],
        vibrato=(rng.uniform(4.0, 16.0), rng.uniform(0.0, 0.06)),
        glide=rng.uniform(-0.7, 0.7),
        notes=rng.uniform(1.5, 7.0),
        decay=rng.uniform(1.0, 9.0),
    )


def sung(bird: Bird, rng: np.random.Generator) -> NDArray[np.float64]:
    """Sing once: another pitch, tempo, start, loudness and noise each time."""
    time = np.arange(LENGTH) / RATE
    beats = time * bird.notes * rng.uniform(0.85, 1.15) + rng.uniform()
    within = beats % 1.0  # of a note: 0 at its start, 1 at its end
    pitch = bird.pitch * 2.0 ** (rng.normal(0.0, 0.2) + bird.glide * within)
    speed, depth = bird.vibrato
    pitch = pitch * (1.0 + depth * np.sin(2.0 * np.pi * (speed * time + rng.uniform())))
    phase = 2.0 * np.pi * np.cumsum(pitch) / RATE
    voice = np.zeros(LENGTH)
    for overtone, amplitude in enumerate(bird.harmonics, start=1):
        audible = overtone * pitch < RATE / 2  # else it would fold back
        voice += amplitude * rng.uniform(0.5, 1.5) * audible * np.sin(overtone * phase)
    voice *= np.minimum(1.0, within * 20.0) * np.exp(-bird.decay * within / bird.notes)
    noise = rng.normal(0.0, 10.0 ** rng.uniform(-2.0, -0.8), LENGTH)
    return 10.0 ** rng.uniform(-0.6, 0.0) * voice + noise


def spectrogram(clip: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Turn a clip into uint8 (64, 64): low tones below, time to the right, loud is white."""
    from scipy import signal

    _, _, power = signal.spectrogram(clip, RATE, nperseg=WINDOW, noverlap=WINDOW - HOP)
    bands = power[1:].reshape(SIDE, 2, SIDE).mean(axis=1)[::-1]
    decibels = 10.0 * np.log10(bands + 1e-12)
    grey = 255.0 * (decibels - QUIETEST) / (LOUDEST - QUIETEST)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    main()
