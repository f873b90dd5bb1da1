"""What the README says of a GPU is true: its code does what its remarks say."""

import numpy as np

import netspec
from tests.test_readme import blocks, folder  # noqa: F401  a fixture


def test_the_code_for_a_gpu_gives_what_its_remarks_say(cupy, folder):  # noqa: F811
    x = np.random.default_rng(1).normal(size=(5, 10, 30))
    here = netspec.build(netspec.NetworkSpec.from_file("jets.yaml"))
    here.save("jets.xml")
    (code,) = (block for block in blocks("python") if "cupy" in block)
    names = {"netspec": netspec, "x": x}
    for end, kind in [("copies beside the computing\n", np.ndarray), ("", cupy.ndarray)]:
        exec(code.partition(end)[0] if end else code, names)
        assert isinstance(names["y"], kind)
        assert names["network"].device == "cuda:0"
    np.testing.assert_allclose(names["y"].get(), here(x), rtol=1e-5)
