"""Options of the recurrent layers that would have no effect are refused."""

import pytest

from netspec import NetworkSpec
from netspec.errors import SpecError


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        ({"merge": "sum"}, "say `direction: both`"),
        ({"merge": "mul", "direction": "reverse"}, "say `direction: both`"),
        ({"initial_value": 0.5}, "say `initial_state: constant`"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused_with_the_remedy(kind, options, remedy):
    layer = {"type": kind, "units": 2, **options}
    with pytest.raises(SpecError, match=remedy) as caught:
        NetworkSpec(input={"features": 3}, layers=[layer])
    assert caught.value.problems[0].path == ("layers", 0)
