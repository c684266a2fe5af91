import os
import subprocess
import sys

import pytest

from twinlet.console import stdout_reserved


def test_writes_to_stdout_inside_the_block_land_on_stderr(capfd):
    with stdout_reserved():
        sys.stdout.write("python\n")
        os.write(1, b"native\n")
        subprocess.run([sys.executable, "-c", "print('child')"], check=True)
    sys.stdout.write("result\n")
    captured = capfd.readouterr()
    assert captured.out == "result\n"
    assert sorted(captured.err.split()) == ["child", "native", "python"]


def test_stdout_comes_back_after_an_error(capfd):
    with pytest.raises(KeyError), stdout_reserved():
        raise KeyError
    os.write(1, b"native\n")
    sys.stdout.write("python\n")
    assert sorted(capfd.readouterr().out.split()) == ["native", "python"]


def test_what_was_buffered_before_the_block_stays_on_stdout(capfd):
    sys.stdout.write("before")
    with stdout_reserved():
        sys.stdout.write("inside")
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("before", "inside")


@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)])
def test_a_process_started_without_standard_streams_works(closed, tmp_path):
    """`>&-` and services: no descriptor 1 or 2, and a file must not be taken for them."""
    script = (
        "import sys; from twinlet.console import stdout_reserved\n"
        f"with stdout_reserved(), open({str(tmp_path / 'data')!r}, 'w') as data:\n"
        "    print('noise'); sys.stdout and sys.stdout.flush(); data.write('data')\n"
    )
    shut = " ".join(f"{descriptor}>&-" for descriptor in closed)
    shell = f'exec "$0" -c "$1" {shut}'
    subprocess.run(["bash", "-c", shell, sys.executable, script], check=True)
    assert (tmp_path / "data").read_text() == "data"
