"""What stands behind a threshold, from the bundle to the decision and its words."""

import json
from dataclasses import replace

import pytest

import twinlet
from twinlet import BundleError, CalibrationError
from twinlet.bundle import Bundle
from twinlet.calibration import UNITS, Basis
from twinlet.cli import main


def changed(contents, change):
    """The contents with another calibration of each file, and no int8 templates."""

    def entry_of(entry):
        return replace(
            entry,
            calibration=change(entry.calibration),
            compact={},
            operating_points=tuple(
                replace(
                    point,
                    fmr_upper=point.fmr_upper if change(entry.calibration).promised else None,
                )
                for point in entry.operating_points
            ),
        )

    files = tuple(replace(file, entry=entry_of(file.entry)) for file in contents.files)
    return replace(contents, files=files)


def estimated(calibration):
    curve = (replace(p, fmr_upper=None, basis=Basis.ESTIMATE) for p in calibration.curve)
    return replace(calibration, curve=tuple(curve), unit="identity", method="point estimates")


def lengthened(calibration):
    first = calibration.curve[0]
    beyond = replace(
        first, fmr=first.fmr / 10, threshold=1.0, fmr_upper=None, basis=Basis.EXTRAPOLATED
    )
    return replace(calibration, curve=(beyond, *calibration.curve), unit="image")


def test_a_bundle_without_promises_says_so_wherever_it_decides(contents, write, probes, capsys):
    path = write(changed(contents, estimated))
    entry = next(iter(Bundle.open(path).manifest.files.values()))
    assert entry.calibration == estimated(contents.files[0].entry.calibration)
    assert entry.operating_points[0].fmr_upper is None
    assert twinlet.load(path).verify(probes[0], probes[1]).basis is Basis.ESTIMATE
    assert main(["inspect", str(path)]) == 0
    assert "point estimates" in capsys.readouterr().out


def test_extrapolated_thresholds_are_for_those_who_ask(contents, write, probes):
    path = write(changed(contents, lengthened))
    entry = next(iter(Bundle.open(path).manifest.files.values()))
    assert entry.calibration == lengthened(contents.files[0].entry.calibration)
    deep = entry.calibration.lowest / 5
    with pytest.raises(CalibrationError, match="raise the target"):
        twinlet.load(path, fmr=deep)
    verifier = twinlet.load(path, fmr=deep, extrapolate=True)
    found = verifier.verify(probes[0], probes[1])
    assert (found.basis, found.threshold, found.match) == (Basis.EXTRAPOLATED, 1.0, False)
    assert verifier.at(0.1).verify(probes[0], probes[1]).basis is Basis.BOUND


def test_the_command_says_what_stands_behind_its_decision(contents, write, decided, capsys):
    path = str(write(changed(contents, lengthened)))
    pair = [str(image) for image in decided[True]]
    deep = f"{contents.files[0].entry.calibration.lowest / 5:g}"
    assert main(["verify", path, *pair, "--fmr", deep]) == 2
    assert "cannot calibrate" in capsys.readouterr().err
    assert main(["verify", path, *pair, "--fmr", deep, "--extrapolate", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["basis"], found["unit"]) == ("extrapolated", "image")
    assert main(["verify", path, *pair, "--fmr", deep, "--extrapolate"]) == 1
    assert "extrapolated beyond all that was measured" in capsys.readouterr().out
    plain = str(write(changed(contents, estimated)))
    assert main(["verify", plain, *pair]) == 0
    assert "a point estimate that promises nothing" in capsys.readouterr().out


@pytest.mark.parametrize("unit", UNITS)
def test_the_answer_says_whom_its_promise_is_about(contents, write, decided, capsys, unit):
    path = str(write(changed(contents, lambda calibration: replace(calibration, unit=unit))))
    pair = [str(image) for image in decided[True]]
    result = twinlet.load(path).verify(*pair)
    assert (result.basis, result.unit) == (Basis.BOUND, unit)
    assert main(["verify", path, *pair, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    told = {key: found[key] for key in ("basis", "unit") if key in found}
    # As `identify` has it: what is promised for strangers goes without saying.
    assert told == ({"basis": "bound", "unit": "image"} if unit == "image" else {})


def test_a_search_says_what_stands_behind_its_threshold(
    contents, write, probes, decided, tmp_path, capsys
):
    path, people = str(write(changed(contents, estimated))), str(tmp_path / "estimated.db")
    same = [str(image) for image in decided[True]]
    assert main(["enroll", path, "--gallery", people, "ann", same[0]]) == 0
    assert main(["identify", path, "--gallery", people, same[1]]) == 0
    text = capsys.readouterr().out
    assert "FPIR about 5 %, a point estimate that promises nothing)" in text
    with twinlet.Gallery.open(people, twinlet.load(path)) as gallery:
        found = gallery.identify(probes[0])
    assert (found.basis, found.unit, found.promised) == (Basis.ESTIMATE, "identity", False)


def test_a_search_below_all_that_was_measured_is_for_those_who_ask(
    contents, write, decided, tmp_path, capsys
):
    path, people = str(write(changed(contents, lengthened))), str(tmp_path / "long.db")
    same = [str(image) for image in decided[True]]
    assert main(["enroll", path, "--gallery", people, "ann", same[0]]) == 0
    search = ["identify", path, "--gallery", people, same[1]]
    capsys.readouterr()
    assert main(search) == 0
    # The bundle's promise is about other images of the same identities: no stranger is one.
    assert "FPIR about 5 %: promised for other images of the ident" in capsys.readouterr().out
    deep = ["--fpir", f"{contents.files[0].entry.calibration.lowest / 5:g}"]
    assert main([*search, *deep]) == 2
    assert "ask for an extrapolated threshold" in capsys.readouterr().err
    assert main([*search, *deep, "--extrapolate", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["basis"], found["unit"], found["unknown"]) == ("extrapolated", "image", True)
    assert found["promised"] is False
    assert main([*search, *deep, "--extrapolate"]) == 1
    assert "%, extrapolated beyond all that was measured)" in capsys.readouterr().out


def curve_of(values):
    (entry, *_) = values["files"].values()
    return entry["calibration"]["curve"]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda curve: curve[0].update(basis="bound"), "point-estimate|extrapolated"),
        (lambda curve: curve[0].update(basis="guessed"), "point-estimate|extrapolated"),
        (lambda curve: curve[0].update(basis="point-estimate"), "unknown key"),
        (lambda curve: curve[0].pop("fmr_upper"), "lacks the key"),
        (lambda curve: swap(curve[0], "point-estimate"), "points of one basis"),
        (lambda curve: swap(curve[-1], "extrapolated"), "extrapolated points below all others"),
        (
            lambda curve: [swap(point, "extrapolated") for point in curve],
            "a point that comparisons support",
        ),
        (
            lambda curve: [swap(point, "point-estimate") for point in curve],
            "one states a bound of the FMR and the other does not",
        ),
    ],
)
def test_a_curve_that_contradicts_itself_is_refused(forge, edit, message):
    path = forge.with_manifest(lambda values: edit(curve_of(values)))
    with pytest.raises(BundleError, match=message):
        Bundle.open(path)


def swap(point, basis):
    del point["fmr_upper"]
    point["basis"] = basis


def test_an_unknown_unit_is_refused(forge):
    def edit(values):
        (entry, *_) = values["files"].values()
        entry["calibration"]["unit"] = "person"

    with pytest.raises(BundleError, match=r"calibration\.unit"):
        Bundle.open(forge.with_manifest(edit))


def test_a_bundle_from_before_there_were_units_took_comparisons_as_independent(bundle):
    assert {file.calibration.unit for file in bundle.manifest.files.values()} == {"comparison"}
