"""`netspec gradcheck`: tables, traces, JSON, exit status."""

from netspec.layers.activations import Tanh


def test_the_gradients_of_a_spec_and_of_a_model_are_right(cli, files):
    for model in ("small.yaml", "small.xml"):
        said = cli("gradcheck", model)
        assert said.status == 0
        assert "lstm_1" in said.out
        assert "all slopes are right" in said.out


def test_a_wrong_gradient_ends_with_status_1(cli, files, monkeypatch):
    monkeypatch.setattr(Tanh, "back", lambda self, b, x, y, dy: dy)
    spec = "layers.1.activation=tanh"
    said = cli("gradcheck", "small.yaml", "--set", spec)
    assert said.status == 1
    assert "WRONG" in said.out


def test_options_and_a_trace_are_given_in_json(cli, files):
    said = cli(
        "gradcheck", "small.yaml", "--json", "--trace", "2", "--layer", "lstm_1", "--batch", "2",
        "--seed", "7", "--tolerance", "1e-5",
    )  # fmt: skip
    assert said.status == 0
    assert said.json["ok"] is True
    assert said.json["events"] == 2
    assert said.json["tolerance"] == 1e-5
    assert {row["layer"] for row in said.json["rows"]} == {"lstm_1"}
    (traced,) = said.json["trace"]
    assert traced["step"] == 2
    assert len(traced["forward"]["a_f"]) == len(traced["back"]["da_f"]) == 5


def test_a_trace_is_printed_before_the_table(cli, files):
    said = cli("gradcheck", "small.yaml", "--trace", "0")
    assert said.out.index("h[t] = o s") < said.out.index("da_o") < said.out.index("all slopes")


def test_sequences_of_any_length_have_the_length_that_is_asked_for(cli, files):
    said = cli("gradcheck", "small.yaml", "--set", "input.steps=null", "--steps", "3", "--json")
    assert said.json["rows"][0]["shape"] == [3, 3, 3]
    assert cli("gradcheck", "small.yaml", "--steps", "3").status == 1


def test_a_step_that_is_not_there_is_bad_input(cli, files):
    said = cli("gradcheck", "small.yaml", "--trace", "4")
    assert said.status == 1
    assert "step: wanted one from 0 to 3 of lstm_1, found 4" in said.err
