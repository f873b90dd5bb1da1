"""Variables in lines: arrays in one, and only those that are arrays."""

from netspec.listing import left_out, lines
from netspec.signature import Variable


def array(stem, numbers, **options):
    return [Variable(name=f"{stem}[{k}]", **options) for k in numbers]


def names(variables):
    return [line[0] for line in lines("variable", variables)[1:]]


def test_the_members_of_an_array_share_a_line_with_the_limits_of_all():
    pixels = [
        Variable(name=f"x[{k}]", minimum=-float(k), maximum=10.0 - k, unit="keV") for k in range(5)
    ]
    head, *rest = lines("variable", [Variable(name="pt", unit="GeV"), *pixels])
    assert head == ("variable", "type", "unit", "from", "to", "expression")
    assert rest == [
        ("pt", "F", "GeV", "", "", ""),
        ("x[0] ... x[4]", "F", "keV", "-4", "10", ""),
    ]


def test_arrays_end_where_a_number_a_name_a_unit_or_a_type_does_not_go_on():
    assert names(array("x", range(3)) + array("y", range(3))) == ["x[0] ... x[2]", "y[0] ... y[2]"]
    assert names(array("x", [0, 1, 2, 4, 5, 6])) == ["x[0] ... x[2]", "x[4] ... x[6]"]
    assert names(array("x", [2, 1, 0])) == ["x[2]", "x[1]", "x[0]"]
    assert names(array("x", range(3)) + array("x", range(3, 6), unit="m")) == [
        "x[0] ... x[2]",
        "x[3] ... x[5]",
    ]
    assert names(array("x", range(3)) + array("x", range(3, 6), type="I"))[1] == "x[3] ... x[5]"


def test_two_members_and_members_of_members_keep_their_lines():
    assert names(array("x", range(2))) == ["x[0]", "x[1]"]
    assert names(array("x[0]", range(3)) + array("x[1]", range(3))) == [
        "x[0][0] ... x[0][2]",
        "x[1][0] ... x[1][2]",
    ]


def test_what_is_computed_or_an_array_in_itself_keeps_its_line():
    computed = [Variable(name=f"x[{k}]", expression=f"2*y[{k}]") for k in range(3)]
    assert [line[-1] for line in lines("variable", computed)[1:]] == ["2*y[0]", "2*y[1]", "2*y[2]"]
    assert len(names(array("x", range(3), type="F[]", size=4))) == 3


def test_limits_that_one_member_lacks_are_not_told():
    variables = [*array("x", range(3), minimum=1.0), Variable(name="x[3]")]
    assert lines("variable", variables)[1][:5] == ("x[0] ... x[3]", "F", "", "", "")


def test_lines_beyond_forty_are_counted_by_their_variables():
    stems = [f"v{chr(65 + k)}" for k in range(45)]
    variables = [v for stem in stems for v in array(stem, range(7))]
    assert len(names(variables)) == 40
    assert left_out(variables) == 35
    assert left_out(variables[:200]) == 0


def test_nothing_has_no_lines():
    assert names([]) == []
    assert left_out([]) == 0
