"""Files are read from anywhere, and replaced whole or not at all."""

import errno
import io
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from netspec.errors import UnavailableError
from netspec.formats.files import Source, fill_atomically, write_atomically

ROOT = Path(__file__).resolve().parents[2]


def run(script, *arguments):
    """Run a script in an interpreter of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    ).stdout


# Reading


def test_a_path_bytes_and_a_file_object_are_read_alike(tmp_path):
    path = tmp_path / "jets.XML"
    path.write_bytes(b"<model/>")
    assert Source.of(path) == Source.of(str(path)) == Source(str(path), b"<model/>", ".xml")
    with path.open("rb") as file:
        assert Source.of(file) == Source(str(path), b"<model/>", ".xml")
    assert Source.of(io.BytesIO(b"<model/>")) == Source("<file>", b"<model/>", "")
    assert Source.of(bytearray(b"<model/>")) == Source("<bytes>", b"<model/>", "")
    assert Source.of(Source.of(path)).data == b"<model/>"


def test_an_option_string_is_its_own_content(tmp_path):
    text = "Layout=DENSE|1|LINEAR"
    assert Source.of(text) == Source("TMVA options", text.encode(), ".tmva")
    path = tmp_path / text
    path.write_bytes(b"Layout=LINEAR")
    assert Source.of(str(path)).data == b"Layout=LINEAR"
    assert Source.of("Layout=" + "TANH|" * 2000).suffix == ".tmva"


def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path):
    with pytest.raises(UnavailableError, match=r"jets\.xml: there is no such file"):
        Source.of(tmp_path / "jets.xml")
    with pytest.raises(UnavailableError, match="wanted a file, found a folder"):
        Source.of(tmp_path)
    with pytest.raises(UnavailableError, match="cannot be read"):
        Source.of("zero\0byte.xml")
    with pytest.raises(TypeError, match="opened for bytes"):
        Source.of(io.StringIO("<model/>"))
    with pytest.raises(TypeError, match="found int"):
        Source.of(3)


def test_a_file_that_may_not_be_read_is_said_to_be_so(tmp_path, monkeypatch):
    # Not by a file's mode: the superuser, who runs some test machines, reads everything.
    def refuse(self, mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnavailableError, match=r"jets\.xml: cannot be read: Permission denied"):
        Source.of(tmp_path / "jets.xml")


# Writing


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    write_atomically(tmp_path / "new", [b"one ", b"two"])
    (tmp_path / "plain").write_bytes(b"")
    assert (tmp_path / "new").read_bytes() == b"one two"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "plain"]


def test_a_replaced_file_keeps_its_mode(tmp_path):
    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    path.chmod(0o604)
    before = path.stat().st_ino
    write_atomically(str(path), [b"new"])
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604
    assert path.stat().st_ino != before


def test_the_target_of_a_link_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "models").mkdir()
    target, link = tmp_path / "models" / "jets.xml", tmp_path / "latest.xml"
    target.write_bytes(b"old")
    (tmp_path / "middle.xml").symlink_to("models/jets.xml")
    link.symlink_to("middle.xml")
    write_atomically(link, [b"new"])
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert not target.is_symlink()


def test_a_link_that_leads_nowhere_yet_leads_to_the_new_file(tmp_path):
    link = tmp_path / "latest.xml"
    link.symlink_to("jets.xml")
    write_atomically(link, [b"new"])
    assert link.is_symlink()
    assert (tmp_path / "jets.xml").read_bytes() == b"new"


def test_a_folder_as_a_target_is_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="wanted the name of a file, found a folder"):
        write_atomically(tmp_path, [b""])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_atomically(tmp_path / "nowhere" / "jets.xml", [b""])


@pytest.mark.parametrize("name", ["n" * 251 + ".xml", "\N{GRINNING FACE}" * 62 + ".xml"])
def test_the_longest_names_that_a_folder_takes_are_written(tmp_path, name):
    assert 250 < len(name.encode()) <= 255
    write_atomically(tmp_path / name, [b"new"])
    assert (tmp_path / name).read_bytes() == b"new"


def test_a_name_with_a_zero_byte_is_an_error_of_the_system_both_ways(tmp_path):
    with pytest.raises(OSError, match="Invalid argument"):
        write_atomically(f"{tmp_path}/a\0b.xml", [b"new"])
    with pytest.raises(UnavailableError, match="null byte"):
        Source.of(f"{tmp_path}/a\0b.xml")


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError):
        write_atomically(path, [b"new"])
    assert path.read_bytes() == b"old"


def test_binary_file_objects_are_written_and_text_ones_refused(tmp_path):
    memory = io.BytesIO()
    write_atomically(memory, [b"one ", b"two"])
    assert memory.getvalue() == b"one two"
    with (tmp_path / "raw").open("wb", buffering=0) as raw:
        write_atomically(raw, [b"one"])
    assert (tmp_path / "raw").read_bytes() == b"one"
    with pytest.raises(TypeError, match="opened for bytes"):
        write_atomically(io.StringIO(), [b"one"])
    with (tmp_path / "text").open("w") as text, pytest.raises(TypeError, match="for text"):
        write_atomically(text, [b"one"])


def test_a_raw_file_that_takes_a_little_at_a_time_gets_everything():
    class Reluctant(io.RawIOBase):
        taken = b""

        def write(self, data):
            self.taken += bytes(data[:3])
            return min(len(data), 3)

    target = Reluctant()
    write_atomically(target, [b"0123456789", b"abc"])
    assert target.taken == b"0123456789abc"


def test_what_is_no_regular_file_is_written_as_it_comes(tmp_path):
    script = """
        import sys
        from netspec.formats.files import write_atomically
        write_atomically(sys.argv[1], [b"to the ", b"pipe"])
    """
    assert run(script, "/dev/stdout") == "to the pipe"
    write_atomically("/dev/null", [b"gone"])
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - the device itself
    with (tmp_path / "out").open("wb") as out:
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), "/dev/stdout"],
            cwd=ROOT,
            check=True,
            stdout=out,
        )
    assert (tmp_path / "out").read_bytes() == b"to the pipe"
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


# When it goes wrong


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_when_the_disk_is_full_the_old_file_survives(tmp_path, monkeypatch, step):
    def refuse(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, step, refuse)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, [b"new"])
    assert caught.value.filename == str(path)  # and not the name of the file beside it
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["jets.xml"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_that_is_full_is_named():
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        write_atomically("/dev/full", [b"new"])


def test_a_file_larger_than_the_system_allows_leaves_the_old_one(tmp_path):
    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    script = """
        import resource, signal, sys
        from netspec.formats.files import write_atomically
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            write_atomically(sys.argv[1], (b"x" * 1000 for _ in range(1000)))
        except OSError as error:
            print(error.strerror)
    """
    assert run(script, path) == "File too large\n"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["jets.xml"]


def test_when_what_is_written_fails_half_way_the_old_file_survives(tmp_path):
    def chunks():
        yield b"half"
        raise KeyboardInterrupt

    path = tmp_path / "jets.xml"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, chunks())
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["jets.xml"]


def test_a_kill_at_any_moment_of_a_save_leaves_the_old_file_or_the_new_one(tmp_path):
    # One interpreter that forks, because starting one for each kill would take a second.
    script = """
        import io, os, pathlib, random, signal, sys, time
        import numpy, netspec
        from netspec import formats
        folder = pathlib.Path(sys.argv[1])
        path = folder / "jets.xml"
        spec = netspec.NetworkSpec(input={"shape": [50]}, layers=[{"type": "dense", "units": 50}])
        weights = [dict(netspec.build(spec, seed=seed).weights) for seed in (1, 2)]
        files = []
        for values in weights:
            memory = io.BytesIO()
            formats.write(memory, spec, values)
            files.append(memory.getvalue())
        path.write_bytes(files[0])
        moments, seen, left = random.Random(1), set(), 0
        for kill in range(2000):
            if kill >= 60 and len(seen) == 2 and left:
                break
            ready, started = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(started, b"!")
                while True:
                    for values in reversed(weights):
                        formats.write(path, spec, values)
            os.read(ready, 1)  # on a busy machine a child may take long to begin
            os.close(ready)
            os.close(started)
            time.sleep(moments.uniform(0, 0.04))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            seen.add(files.index(path.read_bytes()))  # a third thing is in no list
            beside = list(folder.glob(".jets.xml.*.tmp"))
            left += len(beside)
            for file in beside:
                file.unlink()
        assert [p.name for p in folder.iterdir()] == ["jets.xml"]
        print("old and new" if len(seen) == 2 else seen, left > 0)
    """
    assert run(script, tmp_path) == "old and new True\n"


def test_a_file_that_is_filled_back_and_forth_is_whole_or_not_there(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fill(stream):
        stream.write(b"....5678")
        stream.seek(0)
        stream.write(b"1234")
        assert path.read_bytes() == b"old"

    fill_atomically(path, fill)
    assert path.read_bytes() == b"12345678"

    def fail(stream):
        stream.write(b"half")
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        fill_atomically(path, fail)
    assert path.read_bytes() == b"12345678"
    assert [file.name for file in tmp_path.iterdir()] == ["a.bin"]


def test_what_cannot_be_gone_back_in_is_not_filled():
    with pytest.raises(UnavailableError, match="/dev/stdout: wanted a file on a disk, found"):
        fill_atomically("/dev/stdout", lambda stream: None)
