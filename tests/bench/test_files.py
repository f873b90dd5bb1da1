"""Models that are saved and loaded with the clock running."""

from __future__ import annotations

from netspec.bench import files


def test_every_way_keeps_every_bit_and_says_its_pace():
    found = list(files.files(60.0, (1,)))
    assert {"decimal", "base64", "numpy.savez"} <= {filed.way for filed in found}
    for filed in found:
        assert filed.same
        assert filed.size > 0.9e6
        assert filed.to_data()["save_mb_s"] > 0


def test_a_size_that_would_take_too_long_is_left_out_and_said():
    found = list(files.files(1e-9, (1, 25)))
    assert all(filed.problem for filed in found if filed.megabytes == 25)
    assert not any(filed.problem for filed in found if filed.megabytes == 1)
    assert "problem" in found[-1].to_data()


def test_a_way_that_fails_is_said_and_the_others_go_on(monkeypatch):
    def fails(*_):
        raise OSError("no room left")

    usual = files._ways

    def ways(model):
        (name, (_, load)), *rest = usual(model)
        return [(name, (fails, load)), *rest]

    monkeypatch.setattr(files, "_ways", ways)
    first, *rest = files.files(60.0, (1,))
    assert first.problem == "no room left"
    assert all(filed.same for filed in rest if filed.way == "numpy.savez")
