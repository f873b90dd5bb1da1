"""show says of each transformation what it is, and of how many variables."""

SPEC = """
input: {shape: [7]}
layers:
  - {type: gauss, bins: [1401, 1401, 1401, 1401, 1401, 1401, 1401]}
  - {type: gauss, bins: [200, 350, 300], inputs: [0, 3, 4], flat: true}
  - {type: rearrange, inputs: [0, 1], outputs: [1, 0]}
  - {type: decorrelate}
  - {type: dense, units: 1}
  - {type: pca, inverse: true}
"""
WANTED = """
transformations
  gauss_1        gauss of 7 variables, 1401 bins
  gauss_2        gauss of 3 of 7 variables, 200 to 350 bins, flat
  rearrange_1    rearrange of 2 of 7 variables
  decorrelate_1  decorrelate of 7 variables
  pca_1          pca of 1 variable, inverse
"""


def test_transformations_are_said_with_what_they_are_of(cli, tmp_path):
    (tmp_path / "some.yaml").write_text(SPEC)
    said = cli("show", tmp_path / "some.yaml")
    assert said.status == 0
    assert WANTED in said.out


NAMED = """
input: {variables: [{name: pt}, {name: hits, type: "F[]", size: 2}]}
layers:
  - {type: normalize, inputs: [0, 2]}
  - {type: dense, units: 3}
  - {type: normalize, inputs: [1], inverse: true}
output: {targets: [{name: E}, {name: theta}, {name: phi}]}
"""


def test_chosen_variables_and_targets_are_said_by_their_names(cli, tmp_path):
    (tmp_path / "some.yaml").write_text(NAMED)
    said = cli("show", tmp_path / "some.yaml")
    assert "normalize of 2 of 3 variables (pt, hits)\n" in said.out
    assert "normalize of 1 of 3 variables (theta), inverse\n" in said.out


def test_a_file_of_roots_is_said_so(cli, real_files):
    said = cli("show", real_files / "tmva" / "gauss_6.33.weights.xml")
    assert "gauss of 7 variables, 1401 bins\n" in said.out


def test_layers_whose_weights_are_not_trained_are_no_transformations(cli, tmp_path):
    rows = "[{type: embedding, ids: 5, units: 2, trainable: false}, {type: lstm, units: 1}]"
    (tmp_path / "ids.yaml").write_text(f"input: {{shape: [4]}}\nlayers: {rows}\n")
    said = cli("show", tmp_path / "ids.yaml")
    assert said.status == 0
    assert "transformations" not in said.out


def test_what_a_writer_alone_needs_is_given_by_json(cli, real_files):
    file = real_files / "tmva" / "regression_transforms_6.27.weights.xml"
    said = cli("show", file).out
    assert "  VarTransform      G,N(thetaE),D\n" in said
    assert "tmva/spec" not in said
    assert "tmva/Transform" not in said
    assert "compat" not in said
    assert "tmva/spec" in cli("show", file, "--json").json["extras"]["metadata"]
    told = "compat root: outputs are those of that program, faults too\n"
    assert told in cli("show", file, "--compat", "root").out
