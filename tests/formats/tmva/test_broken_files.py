"""Broken and hostile files: one clear error with file and line, quickly and without much memory."""

from __future__ import annotations

import random
import re
import time
import tracemalloc
import warnings

import pytest

from netspec.errors import FormatError, NetspecError
from netspec.formats import Source, read, tmva
from tests.formats.tmva import fixtures

# Said of the fixture with normalised arrays; test_root_reader asks for it.
pytestmark = [
    pytest.mark.filterwarnings("ignore:.*several variables go by the name"),
    pytest.mark.filterwarnings("ignore:.*ROOT's Reader takes bands of pixels"),
]

CHANGES = {
    "a matrix of another size": (
        ('<InputWeights Rows="2" Columns="3">', '<InputWeights Rows="3" Columns="2">'),
        r"<InputWeights>: wanted 2 rows and 3 columns, found \(3, 2\)",
    ),
    "a number too few": (
        ("        5.372540e-03  \n", "\n"),
        "<Biases>: wanted 1 numbers?, found",
    ),
    "no Columns": (
        ('<OuputWeights Rows="2" Columns="2">', '<OuputWeights Rows="2">'),
        "<OuputWeights>: wanted the attribute Columns, found none",
    ),
    "no StateSize": (("StateSize", "StateSze"), "wanted the attribute StateSize, .*'StateSze'"),
    "another tag": (("ForgetBiases", "ForgotBiases"), "matrix <ForgetBiases> here.*ForgotBiases"),
    "a huge cell": (
        ('StateSize="2" CellSize="2"', 'StateSize="1000000000" CellSize="1000000000"'),
        "<InputWeights>: wanted 1000000000 rows and 3 columns",
    ),
    "another cell size": (('CellSize="2"', 'CellSize="3"'), "wanted a CellSize of 2"),
    "other steps": (('TimeSteps="4"', 'TimeSteps="3"'), "wanted TimeSteps and InputSize 4 x 3"),
    "a layer too few": (('NetDepth="4"', 'NetDepth="5"'), "NetDepth says 5 layers, found 4"),
    "a variable too few": (('NVar="12"', 'NVar="13"'), "NVar says 13, found 12"),
    "an index twice": (('VarIndex="3"', 'VarIndex="2"'), "wanted VarIndex 3 here, found 2"),
    "a class too many": (('NClass="2"', 'NClass="1"'), "NClass says 1, found 2"),
    "another input": (
        ('InputDepth="4"', 'InputDepth="3"'),
        "wanted TimeSteps and InputSize 3 x 3 as what comes in, found 4 x 3",
    ),
    "a batch": (('BatchSize="1"', 'BatchSize="2"'), "BatchSize 1, found 2"),
    "an output function": (('OutputFunction="S"', 'OutputFunction="Q"'), "of I, S or M, found 'Q'"),
    "an activation": (
        ('ActivationFunction="3"', 'ActivationFunction="8"'),
        "ActivationFunction from 0 to 7, found 8",
    ),
    "a flag": (('ReturnSequence="1"', 'ReturnSequence="2"'), "0 or 1 in ReturnSequence, found '2'"),
    "no flattening": (
        ('<ReshapeLayer Depth="1" Height="1" Width="8" Flattening="1"/>', ""),
        "NetDepth says 4 layers, found 3",
    ),
    "another flattening": (('Width="8"', 'Width="9"'), "wanted Depth x Height x Width to be 8"),
    "an analysis": (('value="Classification"', 'value="Guessing"'), "wanted an AnalysisType of"),
    "a long analysis": (
        ('value="Classification"', f'value="{5000 * "x"}"'),
        r"wanted an AnalysisType of .*, found 'x{37}\.\.\.'$",
    ),
    "a type": (('Type="F[]"', 'Type="C"'), r"wanted Type F, D, I or F\[\], found 'C'"),
    "a method": (("DL::lstm", "BDT::lstm"), "Method 'BDT' .* is not supported"),
    "a root": (
        ("MethodSetup", "MethodSet"),
        "<MethodSet>: wanted <MethodSetup> at the top",
    ),
    "convolution": (
        ("<ReshapeLayer", '<ConvLayer Depth="1"/>\n    <ReshapeLayer'),
        "NetDepth says 4 layers, found 5",
    ),
    "a batch norm of steps": (
        ('<ReshapeLayer Depth="1" Height="1" Width="8" Flattening="1"/>', "<BatchNormLayer/>"),
        "a BatchNormLayer after a recurrent layer is not supported",
    ),
    "an image of a sequence": (
        ('<ReshapeLayer Depth="1" Height="1" Width="8" Flattening="1"/>', "<MaxPoolLayer/>"),
        "<MaxPoolLayer>: wanted an image of depth x height x width as input, found 4 x 2",
    ),
    "two parts of a kind": (
        ("<MVAPdfs/>", '<Options/>\n  <Spectators NSpec="0"/>'),
        "<Options>: found a second time",
    ),
}


def lstm():
    return fixtures.text("lstm")


@pytest.mark.parametrize("what", CHANGES)
def test_one_thing_wrong_is_named_with_its_line(what):
    (old, new), message = CHANGES[what]
    text = lstm()
    assert old in text
    with pytest.raises(FormatError, match=rf"^broken\.xml:\d+(:\d+)?: .*({message})"):
        tmva.read(Source("broken.xml", text.replace(old, new).encode()))


@pytest.mark.parametrize("word", ["nan", "-inf", "0x10", "1,5", "1_0", "1e400", "--1", "٣"])
def test_what_is_no_finite_float32_is_refused(word):
    text = lstm()
    first = text.split('<InputWeights Rows="2" Columns="3">\n')[1].split()[0]
    line = text[: text.index("<InputWeights")].count("\n") + 1
    with pytest.raises(FormatError, match=rf":{line}: <InputWeights>: .*{re.escape(word)}"):
        read(text.replace(first, word).encode())


def test_a_line_above_65535_is_the_right_one():
    text = lstm().replace("  <Variables", "\n" * 70000 + "  <Variables")
    line = text[: text.index("<ForgetBiases")].count("\n") + 1
    broken = text.replace('<ForgetBiases Rows="2"', '<ForgetBiases Rows="7"')
    with pytest.raises(FormatError, match=f":{line}: <ForgetBiases>"):
        read(broken.encode())


@pytest.mark.parametrize("name", ["lstm", "regression_normalize"])
def test_a_truncated_file_is_refused_wherever_it_ends(name):
    data = fixtures.path(name).read_bytes().rstrip()
    for end in range(0, len(data), 7):
        with pytest.raises(FormatError, match=r"^cut\.xml"):
            tmva.read(Source("cut.xml", data[:end]))


def test_a_changed_byte_ends_in_an_error_of_ours_or_a_model():
    draw = random.Random(5)
    for name in fixtures.NAMES:
        original = fixtures.path(name).read_bytes()
        for _ in range(40):
            data = bytearray(original)
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    spec, weights, _ = tmva.read(Source("f.xml", bytes(data)))
                except NetspecError:
                    continue
            assert weights.keys() == spec.parameters().keys()


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "a document type": "<!DOCTYPE MethodSetup>\n{}",
    "an entity bomb": f'<!DOCTYPE MethodSetup [<!ENTITY e0 "ha">{BOMB}]>\n{{}}',
    "an external entity": '<!DOCTYPE MethodSetup [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n{}',
    "an outside document type": '<!DOCTYPE MethodSetup SYSTEM "http://127.0.0.1:9/a.dtd">\n{}',
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_document_type_is_refused(what):
    used = {"an entity bomb": "&e11;", "an external entity": "&e;"}.get(what, "x")
    body = lstm().partition("\n")[2].replace("DL::lstm", f"DL::{used}")
    message = {"&e11;": "amplification", "&e;": "external entity"}.get(used, "wanted no DOCTYPE")
    with pytest.raises(FormatError, match=rf"^bad\.xml.*{message}"):
        tmva.read(Source("bad.xml", HOSTILE[what].format(body).encode()))


def test_a_document_type_does_not_hide_the_format():
    assert tmva.recognises(b"<!DOCTYPE MethodSetup []>\n<MethodSetup/>", "")


def test_a_billion_rows_in_three_lines_take_no_memory():
    text = lstm()
    head = text[: text.index("  <Weights NetDepth")]
    weights = text[text.index("  <Weights NetDepth") :].split("\n")[0]
    big = 1000000000
    cell = f"""{head}{weights.replace('NetDepth="4"', 'NetDepth="1"')}
    <LSTMLayer StateSize="{big}" CellSize="{big}" InputSize="3" TimeSteps="4" RememberState="0" \
ReturnSequence="1"><InputWeights Rows="{big}" Columns="3">1</InputWeights></LSTMLayer></Weights>\
</MethodSetup>"""
    dense = f"""{head}{weights.replace('NetDepth="4"', 'NetDepth="2"')}
    <ReshapeLayer Depth="1" Height="1" Width="12" Flattening="1"/>
    <DenseLayer Width="{big}" ActivationFunction="0"><Weights Rows="{big}" Columns="12">1</Weights>\
<Biases Rows="{big}" Columns="1"/></DenseLayer></Weights></MethodSetup>"""
    for hostile, message in ((cell, "matrix <InputStateWeights>"), (dense, "12000000000 numbers")):
        tracemalloc.start()
        with pytest.raises(FormatError, match=message):
            read(hostile.encode())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20e6


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<",
        b"\xff\xfe\x00",
        b"<MethodSetup Method='DL::\xff'/>",
        b"<MethodSetup/>",
        b"<MethodSetup Method='DL::a'/>",
        b"<MethodSetup xmlns='urn:x' Method='DL::a'/>",
        b"<MethodSetup Method='DL::a'>" * 3000,
        "<MethodSetup Method='DL::a'/>".encode("utf-16"),
    ],
)
def test_what_is_no_tmva_file_is_refused(data):
    with pytest.raises(FormatError, match=r"^none\.xml"):
        tmva.read(Source("none.xml", data))


def test_a_file_of_very_many_elements_is_not_read_to_its_end():
    text = fixtures.text("lstm").replace(
        "<MVAPdfs/>", "<MVAPdfs>" + "<a/>" * 600_000 + "</MVAPdfs>"
    )
    with pytest.raises(FormatError, match="at most 500000 elements"):
        read(text.encode())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"UseOffset"', '"NoOffset"', "UseOffsetOrNot='NoOffset' is not supported"),
        ('Name="Normalize"', 'Name="PCA"', "wanted <Statistics> or <Eigenvectors>, found <Cla"),
        ('Name="Normalize"', 'Name="Normalise"', "found 'Normalise'"),
        ('Type="Variable" Label="z"', 'Type="Variable" Label="w"', None),
        ('NInputs="4"', 'NInputs="5"', "NInputs says 5, found 4"),
        ('<Range Index="1"', '<Range Index="2"', "wanted Index 1 here, found 2"),
        ('ClassIndex="0"', 'ClassIndex="1"', "wanted the ClassIndex 0 here"),
        ('Label="z" Expression="z"/>', 'Label="q" Expression="q"/>', "there is no Variable 'q'"),
        ('NTrgt="2"', 'NTrgt="3"', "NTrgt says 3"),
    ],
)
def test_a_broken_transformation_is_refused(old, new, message):
    text = fixtures.text("regression_normalize")
    assert old in text
    if message is None:
        assert read(text.replace(old, new).encode()).spec.layers[0].inputs == (2, 0)
        return
    with pytest.raises(FormatError, match=rf":\d+: .*{message}"):
        read(text.replace(old, new).encode())


def test_equal_limits_are_refused_since_they_divide_by_zero():
    text = fixtures.text("normalize_arrays")
    last = text.rindex('<Range Index="4" ')
    text = (
        text[:last] + '<Range Index="4" Min="1.5" Max="1.5"/>' + text[text.index("/>", last) + 2 :]
    )
    with pytest.raises(FormatError, match="wanted Min and Max to differ"):
        read(text.encode())


@pytest.mark.parametrize("text", [b"<!--", b"<!---->", b"<!DOCTYPE ", b"<?xml ", b"<"])
def test_what_a_file_is_is_seen_at_once_whatever_its_head_repeats(text):
    data = text * (60_000 // len(text)) + b"<MethodSetup"
    start = time.process_time()
    assert tmva.recognises(data, "") is (text != b"<!--")
    assert time.process_time() - start < 0.5


def test_a_file_is_told_by_its_first_element_and_not_by_comments():
    assert tmva.recognises(b'<?xml version="1.0"?>\n<!-- <model> -->\n<MethodSetup/>', "")
    assert not tmva.recognises(b"<!-- <MethodSetup> --><model/>", "")
    assert not tmva.recognises(b"<model><MethodSetup/></model>", "")


@pytest.mark.parametrize("name", ["", "La yout", "V:H", "!H", "a=b"])
def test_an_option_is_refused_whose_name_root_could_not_read_again(name):
    text = fixtures.text("gru").replace('name="Layout"', f'name="{name}"')
    with pytest.raises(FormatError, match="<Option>: wanted the name of an option, found"):
        read(text.encode())


def test_a_zero_byte_is_refused_in_one_line():
    for format in ("tmva", "xml"):
        with pytest.raises(FormatError, match=r"found: .*[^\n]\Z"):
            read(b"<!-- \0 --><model/>", format=format)
