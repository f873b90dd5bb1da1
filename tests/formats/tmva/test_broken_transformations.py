"""A transformation that is not what it should be ends in one error, with its line."""

from __future__ import annotations

import re
import time
import tracemalloc

import pytest

from netspec.errors import FormatError
from netspec.formats import read
from tests.formats.tmva.changed_documents import (
    classification,
    components,
    decorrelation,
    gauss,
    of,
    rearrange,
    regression,
)
from tests.formats.tmva.documents import Draw, normalize

NAMES = of("Variable", "x", "y", "z")
MIXED = [*of("Variable", "x", "y"), *of("Target", "e", "f")]
D = classification(Draw(50), [decorrelation(Draw(51), NAMES, 3)[0]], booked="D")[0]
P = classification(Draw(50), [components(Draw(52), NAMES, 3)[0]], booked="P")[0]
G = classification(Draw(50), [gauss(Draw(53), NAMES, 3)[0]], booked="G")[0]
N = classification(Draw(50), [normalize(Draw(54), NAMES, 3)[0]])[0]
R = classification(Draw(50), [rearrange(NAMES[:2], NAMES[1::-1])[0]])[0]
NUMBERS = re.compile(r"(?m)^ +[-0-9][-+.0-9e ]*$")


def refused(text, message):
    with pytest.raises(FormatError) as caught:
        read(text.encode())
    assert re.match(r"<bytes>:[1-9]\d*: <", str(caught.value)), caught.value
    assert re.search(message, str(caught.value)), caught.value
    assert "\n" not in str(caught.value)


def without(text, pattern):
    cut, count = re.subn(pattern, "", text, count=1, flags=re.DOTALL)
    assert count
    return cut


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (D, 'Rows="3"', 'Rows="4"', r"wanted 3 rows and 3 columns, found \(4, 3\)"),
        (D, 'Rows="3"', 'Rows="2147483647"', "wanted 3 rows"),
        (D, 'Rows="3" ', "", "wanted the attribute Rows"),
        (D, "<Matrix", "<Matrix/><Matrix", "wanted the attribute Rows, found no attribute"),
        (D, "</Selection>", "</Selection><Class/>", "wanted <Matrix>, found <Class>"),
        (D, 'Name="Decorrelation"', 'Name="Decorelation"', "did you mean 'Decorrelation'"),
        (D, 'Name="Decorrelation"', "", "wanted the attribute Name"),
        (P, 'NRows="3"', 'NRows="2"', "wanted NRows 3, as many as numbers chosen, found 2"),
        (P, 'NCols="3"', 'NCols="2"', "wanted 3 rows and 3 columns"),
        (P, 'ClassIndex="1"', 'ClassIndex="2"', "wanted the ClassIndex 1, found 2"),
        (P, "<Statistics ", "<Matrix/><Statistics ", "wanted <Statistics> or <Eigenvectors>"),
        (G, 'VarIndex="1">', 'VarIndex="2">', "wanted VarIndex 1 here, found 2"),
        (G, ' FlatOrGauss="Gauss"', "", "wanted the attribute FlatOrGauss"),
        (G, 'FlatOrGauss="Gauss"', 'FlatOrGauss="Round"', "Gauss or Flat, found 'Round'"),
        (G, 'Name="Gauss"', 'Name="Uniform"', "wanted FlatOrGauss Flat in a Uniform"),
        (G, "CumulativePDF_cls1>", "CumulativePDF_cls7>", "wanted <CumulativePDF_cls1> here"),
        (G, 'InterpolMethod="1"', 'InterpolMethod="2"', "wanted InterpolMethod 1"),
        (G, 'MaxNSmooth="0"', 'MaxNSmooth="5"', "wanted MaxNSmooth 0"),
        (G, 'HasEquidistantBins="0"', 'HasEquidistantBins="2"', "wanted 0 or 1 in HasEquid"),
        (G, "<HistogramBinning NBins=", "<HistogramBinning nbins=", "wanted the attribute NBins"),
        (G, '_original" NBins="', '_original" NBins="1', "wanted 1[0-9] numbers, found"),
        (G, '_original" NBins="', '_original" NBins="99999999', "wanted 99999999"),
        (G, '_original" NBins="', '_original" NBins="0" x="', "wanted NBins from 2"),
        (G, '<HistogramBinning NBins="', '<HistogramBinning NBins="1', "as the histogram has"),
        (N, "</Class>\n    </Transform>", "</Class>\n      <Class/>\n    </Transform>", "ClassInd"),
        (N, 'ClassIndex="2"', 'ClassIndex="3"', "wanted the ClassIndex 2 here"),
        (N, 'Name="Normalize"', 'Name="Normalize" UseOffsetOrNot="x"', "netspec knows UseOffset"),
        (N, 'Name="Normalize"', 'Name="Normalize" NVariables="2"', "wanted 3 in NVariables"),
        (N, 'Name="Normalize"', 'Name="Normalize" NVariables="0"', "neither"),
        (N, 'NTransformations="1"', 'NTransformations="2"', "says 2, found 1"),
        (N, "<Transform Name", "<Change/><Transform Name", "wanted <Transform> inside"),
        (R, "</Selection>", "</Selection><Class/>", "wanted a <Selection> and nothing more"),
        (R, "Selection>", "Choice>", "wanted one <Selection>, found none"),
        (R, '<Output Type="Variable"', '<Output Type="Target"', "there is no Target 'y'"),
    ],
)  # fmt: skip
def test_one_thing_is_wrong(text, old, new, message):
    assert old in text
    count = -1 if old.endswith("cls1>") or old == "Selection>" else 1
    refused(text.replace(old, new, count), message)


@pytest.mark.parametrize("text", [D, P, G, N], ids="DPGN")
@pytest.mark.parametrize("word", ["nan", "inf", "-inf", "1e999", "x", "1_0", "0x1p0", "1 2", ""])
def test_a_word_that_is_no_finite_number_is_refused(text, word):
    pattern = (
        r'Min="[^"]*"' if text is N else r"(?m)(?<=^ {8})[-0-9][-+.0-9e]*|(?<=^ {14})[-0-9.e+]+"
    )
    start = text.index("<Transform ")
    found = list(re.finditer(pattern, text[start:]))
    where = found[-1] if text is N else found[0]
    put = f'Min="{word}"' if text is N else word
    head, tail = text[: start + where.start()], text[start + where.end() :]
    refused(head + put + tail, "wanted|which is no float")


def test_edges_must_ascend_and_may_be_equal_but_not_all():
    binning = re.search(r'(<HistogramBinning NBins="\d+">\n *)([^\n]*?)( \n)', G)
    words = binning[2].split()

    def given(edges):
        return G.replace(binning[0], binning[1] + " ".join(edges) + binning[3])

    refused(given([*words[:1], "9e9", *words[2:]]), r"wanted ascending edges, found 9e\+09 before")
    refused(given(words[:1] * len(words)), "wanted ascending edges, found them all equal")
    assert read(given([words[0], words[0], *words[2:]]).encode()).spec.layers[0].type == "gauss"


def test_bins_of_one_width_end_above_their_beginning():
    text = G.replace('HasEquidistantBins="0"', 'HasEquidistantBins="1"', 1)
    limits = re.compile('XMin="[^"]*" XMax="[^"]*"')
    refused(limits.sub('XMin="2" XMax="2"', text, 1), "wanted ascending edges")
    refused(limits.sub('XMin="2" XMax="nan"', text, 1), "wanted finite decimal numbers")
    refused(limits.sub('XMin="-1e308" XMax="1e308"', text, 1), "lie less far apart")


@pytest.mark.parametrize(
    ("text", "pattern", "message"),
    [
        (D, r" *<Matrix.*?</Matrix>\n", "wanted 3 entries, since the file has 2 classes, found 2"),
        (D, r" *<Matrix.*</Matrix>\n", "wanted a <Matrix> for each class, found none"),
        (P, r' *<Eigenvectors Class="Combined".*?</Eigenvectors>\n', "found 3 and 2"),
        (P, r" *<Eigenvectors.*</Eigenvectors>\n", "found 3 and 0"),
        (N, r' *<Class ClassIndex="2">.*?</Class>\n', "wanted 3 entries, since the file has 2"),
        (G, r" *<CumulativePDF_cls2.*?</CumulativePDF_cls2>\n", "wanted 2 classes as above"),
        (G, r" *<CumulativePDF_cls0>.*?</CumulativePDF_cls2>\n", "wanted a <CumulativePDF_cls0>"),
        (G, r' *<Variable VarIndex="2">.*?</Variable>\n', "wanted 3 <Variable>, as many as chosen"),
        (G, r" *<HistogramBinning.*?</HistogramBinning>\n", "wanted one <HistogramBinning>"),
        (G, r" *<Histogram .*?</Histogram>\n", "wanted one <Histogram>"),
    ],
)
def test_something_is_missing(text, pattern, message):
    refused(without(text, pattern), message)


def test_a_density_of_two_classes_where_the_file_has_three_entries_is_refused():
    text = re.sub(r" *<CumulativePDF_cls2.*?</CumulativePDF_cls2>\n", "", G, flags=re.DOTALL)
    refused(text, "wanted 3 entries, since the file has 2 classes, found 2")


@pytest.mark.parametrize(
    ("kind", "title"), [(decorrelation, "decorrelation"), (components, "principal components")]
)
def test_variables_and_targets_do_not_mix_in_a_matrix(kind, title):
    text, _ = regression(Draw(55), [kind(Draw(56), MIXED, 1)[0]])
    refused(text, f"<Transform>: {title} of variables and targets together is not supported")


def test_targets_have_no_way_back_from_decorrelation():
    text, _ = regression(Draw(55), [decorrelation(Draw(56), MIXED[2:], 1)[0]])
    refused(text, "<Transform>: decorrelation of targets is not supported: ROOT itself")
    text, _ = regression(Draw(55), [rearrange(MIXED[2:], MIXED[:1:-1])[0]])
    refused(text, "<Transform>: a rearranging of targets is not supported: ROOT itself")


@pytest.mark.parametrize("text", [D, P, G], ids="DPG")
def test_a_size_that_a_file_only_claims_takes_no_memory(text):
    for name in ("Rows", "Columns", "NRows", "NCols", "NBins"):
        claimed = re.sub(rf' {name}="\d+"', f' {name}="2000000000"', text)
        if claimed == text:
            continue
        tracemalloc.start()
        start = time.process_time()
        refused(claimed, "wanted")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000
        assert time.process_time() - start < 2


def test_what_stands_in_the_place_of_a_variable_is_named():
    text = G.replace('<Variable VarIndex="1">', '<Number VarIndex="1">')
    one, two, *others = text.split("</Variable>")
    rest = "</Variable>".join(others)
    refused(f"{one}</Variable>{two}</Number>{rest}", "wanted <Variable>, found <Number>")


def test_a_normalisation_wants_classes_and_a_range_for_each_number():
    head, rest = N.split("</Selection>", 1)
    bare = re.sub(" *<Class ClassIndex.*</Class>\n", "", rest.split("</Transform>")[0], flags=re.S)
    tail = rest.split("</Transform>", 1)[1]
    refused(f"{head}</Selection>{bare}</Transform>{tail}", "wanted a <Class> for each class")
    refused(without(N, " *<Range Index[^>]*/>\n"), "wanted 3 <Range>, found 2")
