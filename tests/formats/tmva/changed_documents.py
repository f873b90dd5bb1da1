"""Transformations of TMVA files, typed as ROOT writes them. Imports nothing of the package.

Every function gives the text of one `<Transform>` and the numbers of its last entry.
"""

from __future__ import annotations

from tests.formats.tmva.by_hand import float32
from tests.formats.tmva.documents import dense, document, plain, selection, variable

CLASSES = ("Signal", "Background", "Combined")
PDF = (
    'MinNSmooth="0" MaxNSmooth="0" InterpolMethod="1" KDE_type="0" KDE_iter="1" KDE_border="1"'
    ' KDE_finefactor="0.0000000000000000e+00"'
)


def block(tag, attributes, words, indent):
    blanks = " " * indent
    return f"{blanks}<{tag}{attributes}>\n{blanks}  {' '.join(words)} \n{blanks}</{tag}>\n"


def drawn(draw, rows, columns, form):
    """Words of a matrix, and the numbers that they are in double."""
    uniform = draw.random.uniform
    words = [[format(uniform(-1.2, 1.2), form) for _ in range(columns)] for _ in range(rows)]
    return words, [[float(word) for word in row] for row in words]


def decorrelation(draw, entries, classes, chosen=None):
    size = len(entries)
    text = '    <Transform Name="Decorrelation">\n' + (chosen or selection(entries))
    for _ in range(classes):
        words, numbers = drawn(draw, size, size, ".15e")
        flat = [word for row in words for word in row]
        text += block("Matrix", f' Rows="{size}" Columns="{size}"', flat, 6)
    return text + "    </Transform>\n", numbers


def components(draw, entries, classes, chosen=None):
    size = len(entries)
    text = '    <Transform Name="PCA">\n' + (chosen or selection(entries))
    for c in range(classes):
        words, mean = drawn(draw, 1, size, ".8e")
        text += block(
            "Statistics", f' Class="{CLASSES[c]}" ClassIndex="{c}" NRows="{size}"', words[0], 6
        )
    for c in range(classes):
        words, vectors = drawn(draw, size, size, ".8e")
        flat = [word for row in words for word in row]
        sizes = f' Class="{CLASSES[c]}" ClassIndex="{c}" NRows="{size}" NCols="{size}"'
        text += block("Eigenvectors", sizes, flat, 6)
    return text + "    </Transform>\n", (mean[0], vectors)


def density(draw, k, c):
    """A cumulated density of a few bins: its text, contents and edges."""
    bins = draw.random.randint(3, 6)
    edges = [-2.5]
    for _ in range(bins):
        edges.append(edges[-1] + draw.random.uniform(0.1, 2))
    contents = [*sorted(draw.random.uniform(0, 1) for _ in range(bins - 1)), 1.0]
    low, high = float32(edges[0]), float32(edges[-1])
    words = [[format(float32(v), ".8e") for v in part] for part in (contents, edges)]
    text = f'          <PDF Name="GaussTransform var{k} cls{c}" {PDF}>\n'
    text += block(
        "Histogram",
        f' Name="Cumulative_Var{k}_cls{c}_original" NBins="{bins}" XMin="{low:.16e}"'
        f' XMax="{high:.16e}" HasEquidistantBins="0"',
        words[0],
        12,
    )
    text += block("HistogramBinning", f' NBins="{bins}"', words[1], 12) + "          </PDF>\n"
    return text, [float32(float(w)) for w in words[0]], [float(w) for w in words[1]]


def gauss(draw, entries, classes, form="Gauss", chosen=None):
    text = f'    <Transform Name="Gauss" FlatOrGauss="{form}">\n' + (chosen or selection(entries))
    last = []
    for k in range(len(entries)):
        text += f'      <Variable VarIndex="{k}">\n'
        for c in range(classes):
            pdf, contents, edges = density(draw, k, c)
            text += f"        <CumulativePDF_cls{c}>\n{pdf}        </CumulativePDF_cls{c}>\n"
        last.append((contents, edges))
        text += "      </Variable>\n"
    return text + "    </Transform>\n", last


def rearrange(inputs, outputs):
    one, two = selection(inputs), selection(outputs)
    cut = "        <Output"
    chosen = one[: one.index(cut)] + two[two.index(cut) :]
    return f'    <Transform Name="Rearrange">\n{chosen}    </Transform>\n', None


def classification(draw, transforms, labels=("x", "y", "z"), booked="N", spectators=()):
    """A file of one dense layer with these transformations, and the run of the layer."""
    layer, run = dense(draw, len(labels), 1, 3)
    names = [variable(k, name, tag="Spectator") for k, name in enumerate(spectators)]
    text = document(
        "changed", (1, 1, len(labels)), [(layer, run)], plain(*labels),
        transforms=transforms, spectators=names,
    )  # fmt: skip
    return said(text, booked), run


def regression(draw, transforms, labels=("x", "y"), targets=("e", "f"), booked="N", spectators=()):
    """A file of one dense layer that gives targets, and the run of the layer."""
    layer, run = dense(draw, len(labels), len(targets), 0)
    names = [variable(k, name, tag="Spectator") for k, name in enumerate(spectators)]
    text = document(
        "changed", (1, 1, len(labels)), [(layer, run)], plain(*labels), letter="I", loss="R",
        analysis="Regression", classes=["Regression"], transforms=transforms, spectators=names,
        targets=[variable(k, name, tag="Target") for k, name in enumerate(targets)],
    )  # fmt: skip
    return said(text, booked), run


def said(text, booked):
    """Put another text into VarTransform."""
    return text.replace(
        'name="VarTransform" modified="Yes">N<', f'name="VarTransform" modified="Yes">{booked}<'
    )


def of(type_, *labels):
    return [(type_, label) for label in labels]
