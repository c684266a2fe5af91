"""The gallery's file: damage, foreign files, locks, several processes, a kill."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import twinlet
from twinlet import Gallery, GalleryError


@pytest.fixture(scope="module")
def verifier(tiny):
    """One engine is enough here: what is stored does not depend on it."""
    return twinlet.load(tiny)


@pytest.fixture
def path(tmp_path, verifier, probes):
    """A gallery of three, closed."""
    with Gallery.open(tmp_path / "people.db", verifier) as gallery:
        for number in range(3):
            gallery.enroll(f"id-{number}", [probes[2 * number], probes[2 * number + 1]])
    return tmp_path / "people.db"


def refusal(path, verifier, **options):
    with pytest.raises(GalleryError) as caught:
        with Gallery.open(path, verifier, **options) as gallery:
            gallery.ids()
    assert str(path) in str(caught.value)
    return str(caught.value)


# damage and foreign files


def test_a_text_file(tmp_path, verifier):
    (tmp_path / "x.db").write_text("this is not a gallery\n" * 100)
    assert "is no gallery: the file is not a database" in refusal(tmp_path / "x.db", verifier)


def test_a_folder(tmp_path, verifier):
    assert "is a folder, where a file is expected" in refusal(tmp_path, verifier)


def test_a_missing_folder(tmp_path, verifier):
    message = refusal(tmp_path / "none" / "x.db", verifier)
    assert "cannot be opened; check that its folder is there" in message


def test_somebody_elses_database_is_left_alone(tmp_path, verifier):
    target = tmp_path / "x.db"
    connection = sqlite3.connect(target)
    connection.execute("CREATE TABLE mine (a)")
    connection.commit()
    connection.close()
    before = target.read_bytes()
    assert "is a database, but no twinlet gallery" in refusal(target, verifier)
    assert target.read_bytes() == before


def test_an_empty_file_becomes_a_gallery(tmp_path, verifier):
    (tmp_path / "x.db").write_bytes(b"")
    assert Gallery.bound_file(tmp_path / "x.db") == ""
    with Gallery.open(tmp_path / "x.db", verifier) as gallery:
        assert len(gallery) == 0


def test_another_format(path, verifier):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=3")
    connection.close()
    assert "has format 3, this twinlet reads formats 1, 2; update" in refusal(path, verifier)


@pytest.mark.parametrize(("templates", "number"), [("float32", 1), ("int8", 2)])
def test_the_format_says_how_templates_are_kept(tmp_path, verifier, templates, number):
    Gallery.open(tmp_path / "x.db", verifier, templates=templates).close()
    connection = sqlite3.connect(tmp_path / "x.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (number,)
    connection.close()


def test_templates_of_another_encoding_than_the_format_says(path, verifier):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=2")
    connection.close()
    message = refusal(path, verifier)
    assert "a template of 'id-0' has 32 bytes, expected 12" in message


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_truncation(path, verifier, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    assert "damaged" in refusal(path, verifier)


def test_a_flipped_byte_in_a_template(path, verifier, probes):
    data = bytearray(path.read_bytes())
    position = data.index(verifier.template(probes[2]).vector.tobytes())
    data[position + 5] ^= 1
    path.write_bytes(data)
    assert "a template of 'id-1' does not have its checksum" in refusal(path, verifier)


def test_a_flipped_byte_in_an_int8_template(tmp_path, verifier, probes):
    path, template = tmp_path / "small.db", verifier.template(probes[2]).to_int8()
    with Gallery.open(path, verifier, templates="int8") as gallery:
        gallery.enroll("ada", [template])
    data = bytearray(path.read_bytes())
    data[data.index(template.vector.tobytes()) + 5] ^= 1
    path.write_bytes(data)
    assert "a template of 'ada' does not have its checksum" in refusal(path, verifier)


def test_a_flipped_byte_in_an_id(path, verifier):
    data = path.read_bytes()
    path.write_bytes(data.replace(b"id-1", b"id-9"))
    assert "does not have its checksum" in refusal(path, verifier)


def test_flipped_bytes_are_noticed_or_harmless(path, verifier):
    """What opens in spite of a flipped byte gives the very same templates."""
    data = path.read_bytes()
    with Gallery.open(path, verifier) as gallery:
        expected = gallery._read().vectors
    noticed = 0
    for position in np.linspace(0, len(data) - 1, 250).astype(int).tolist():
        changed = bytearray(data)
        changed[position] ^= 0x55
        path.write_bytes(changed)
        try:
            with Gallery.open(path, verifier) as gallery:
                np.testing.assert_array_equal(gallery._read().vectors, expected)
        except GalleryError:
            noticed += 1
    assert noticed > 0


# several users


def test_a_lock_that_is_not_given_up(path, verifier, probes):
    with Gallery.open(path, verifier, timeout=0.05) as gallery:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(GalleryError, match="is locked: another process is writing"):
            gallery.enroll("late", [probes[9]])
        assert "is locked" in refusal(path, verifier, timeout=0.05)
        holder.execute("ROLLBACK")
        holder.close()
        gallery.enroll("late", [probes[9]])
        assert "late" in gallery.ids()


def test_a_gallery_that_cannot_be_written(path, verifier, probes):
    with Gallery.open(path, verifier) as gallery:
        gallery._store._connection.execute("PRAGMA query_only=ON")
        with pytest.raises(GalleryError, match="is read-only: it can be searched, not changed"):
            gallery.enroll("new", [probes[9]])
        assert not gallery.identify(probes[0]).unknown


def test_a_reader_sees_what_others_enrol(path, verifier, probes):
    with Gallery.open(path, verifier) as reader, Gallery.open(path, verifier) as writer:
        assert reader.ids() == ("id-0", "id-1", "id-2")
        writer.enroll("new", [probes[9]])
        assert reader.ids() == ("id-0", "id-1", "id-2", "new")
        assert reader.identify(probes[9]).candidates[0].id == "new"
        writer.remove("new")
        assert reader.ids() == ("id-0", "id-1", "id-2")


def test_a_closed_gallery(path, verifier):
    gallery = Gallery.open(path, verifier)
    gallery.close()
    with pytest.raises(GalleryError, match="cannot be used"):
        gallery.ids()


# processes

ENROL = """
    import sys
    import numpy as np
    import twinlet

    bundle, file, path, name, images = sys.argv[1:]
    probes = np.load(images, allow_pickle=False)
    gallery = twinlet.Gallery.open(path, twinlet.load(bundle, file=file), timeout=30)
    for number in range(10_000):
        gallery.enroll(f"{name}-{number:05}", [probes[number % 16], probes[(number + 1) % 16]])
        sys.stdout.write(f"{name}-{number:05}\\n")
        sys.stdout.flush()
        if number + 1 == int(sys.stdin.readline() or 0):
            break
"""


@pytest.fixture
def enrol(tiny, tmp_path, verifier):
    """Start a process that enrols; what it acknowledges comes out line by line."""
    started = []

    def start(name, count):
        command = [sys.executable, "-c", textwrap.dedent(ENROL)]
        probes, people = tiny.with_name("probes.npy"), tmp_path / "people.db"
        words = [str(word) for word in (tiny, verifier.file, people, name, probes)]
        process = subprocess.Popen(
            [*command, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        process.stdin.write(f"{count}\n" * 10_000)
        process.stdin.flush()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_an_acknowledged_enrolment_survives_a_kill(enrol, tmp_path, verifier):
    process = enrol("x", 10_000)
    acknowledged = [process.stdout.readline().strip() for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    acknowledged += process.communicate()[0].split()
    assert process.returncode == -signal.SIGKILL
    with Gallery.open(tmp_path / "people.db", verifier) as gallery:
        there = gallery.ids()
        index = gallery._read()
    assert set(acknowledged) <= set(there)
    # The one in flight may be there or not, but whole: two templates each.
    assert len(there) - len(acknowledged) in (0, 1)
    assert len(index.vectors) == 2 * len(there)


def test_two_processes_enrol_while_a_third_reads(enrol, tmp_path, verifier, probes):
    processes = [enrol(name, 25) for name in ("a", "b")]
    assert processes[0].stdout.readline()
    with Gallery.open(tmp_path / "people.db", verifier, timeout=30) as gallery:
        seen = [len(gallery)]
        while any(process.poll() is None for process in processes) and seen[-1] < 50:
            seen.append(len(gallery))
            assert len(gallery._read().vectors) % 2 == 0
        for process in processes:
            process.communicate()
            assert process.returncode == 0
        assert seen == sorted(seen)
        assert len(gallery) == 50
        assert gallery.identify(probes[0], fpir=0.5).candidates
