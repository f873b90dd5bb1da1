"""Elements of TMVA files from numbers that a test chooses, typed as ROOT writes them.

Imports nothing of the package. Layers are text for `file_of`; a matrix is a list of rows.
"""

from __future__ import annotations

from tests.formats.tmva.documents import arrays, document, plain, selection, variable

CLASSES = ("Signal", "Background", "Combined", "Combined")
PDF = (
    'MinNSmooth="0" MaxNSmooth="0" InterpolMethod="1" KDE_type="0" KDE_iter="1" KDE_border="1"'
    ' KDE_finefactor="0.0000000000000000e+00"'
)


def block(tag, attributes, numbers, indent=6, form=".8e", between="  "):
    """Type an element of numbers on one line, a blank or two behind each of them."""
    blanks = " " * indent
    line = "".join(format(v, form) + between for v in numbers)
    return f"{blanks}<{tag} {attributes}>\n{blanks}  {line}\n{blanks}</{tag}>\n"


def matrix(tag, rows):
    flat = [v for row in rows for v in row]
    return block(tag, f'Rows="{len(rows)}" Columns="{len(rows[0])}"', flat)


def dense(W, b, f=0):
    text = f'    <DenseLayer Width="{len(W)}" ActivationFunction="{f}">\n'
    return text + matrix("Weights", W) + matrix("Biases", [[v] for v in b]) + "    </DenseLayer>\n"


def same(n):
    """Type a dense layer that gives its n inputs."""
    return dense([[float(i == k) for i in range(n)] for k in range(n)], [0.0] * n)


def convolution(W, b, kernel, stride=(1, 1), padding=(0, 0), f=0):
    names = ("Filter", "Stride", "Padding")
    ends = (("Height", "Width"), ("Rows", "Cols"), ("Height", "Width"))
    sizes = "".join(
        f' {name}{end}="{size}"'
        for name, pair, numbers in zip(names, ends, (kernel, stride, padding), strict=True)
        for end, size in zip(pair, numbers, strict=True)
    )
    text = f'    <ConvLayer Depth="{len(W)}"{sizes} ActivationFunction="{f}">\n'
    return text + matrix("Weights", W) + matrix("Biases", [[v] for v in b]) + "    </ConvLayer>\n"


def max_pool(kernel, stride):
    h, w, r, c = *kernel, *stride
    sizes = f'FilterHeight="{h}" FilterWidth="{w}" StrideRows="{r}" StrideCols="{c}"'
    return f"    <MaxPoolLayer {sizes}/>\n"


def batch_norm(mean, variance, gamma, beta, epsilon, momentum=-1.0):
    text = f'    <BatchNormLayer Momentum="{momentum:.16e}" Epsilon="{epsilon:.16e}">\n'
    tags = ("Training-mu", "Training-variance", "Gamma", "Beta")
    rows = zip(tags, (mean, variance, gamma, beta), strict=True)
    return text + "".join(matrix(tag, [row]) for tag, row in rows) + "    </BatchNormLayer>\n"


def flatten(count):
    return f'    <ReshapeLayer Depth="1" Height="1" Width="{count}" Flattening="1"/>\n'


def reshape(depth, height, width):
    sizes = f'Depth="{depth}" Height="{height}" Width="{width}"'
    return f'    <ReshapeLayer {sizes} Flattening="0"/>\n'


def named(entries, outputs=None):
    """Type a selection; `entries` are (type, label) or plain labels of variables."""

    def pairs(chosen):
        return [("Variable", e) if isinstance(e, str) else e for e in chosen]

    one = selection(pairs(entries))
    two = selection(pairs(outputs or entries))
    cut = "        <Output"
    return one[: one.index(cut)] + two[two.index(cut) :]


def transform(name, chosen, inside, more=""):
    return f'    <Transform Name="{name}"{more}>\n{chosen}{inside}    </Transform>\n'


def normalize(entries, *ranges, outputs=None, more=' UseOffsetOrNot="UseOffset"'):
    """`ranges` are lists of (min, max), one list for each class and the last for all."""
    text = ""
    for c, table in enumerate(ranges):
        text += f'      <Class ClassIndex="{c}">\n        <Ranges>\n'
        for k, (low, high) in enumerate(table):
            text += f'          <Range Index="{k}" Min="{low:.16e}" Max="{high:.16e}"/>\n'
        text += "        </Ranges>\n      </Class>\n"
    return transform("Normalize", named(entries, outputs), text, more)


def decorrelation(entries, *matrices, outputs=None):
    text = ""
    for rows in matrices:
        size = f'Rows="{len(rows)}" Columns="{len(rows)}"'
        text += block("Matrix", size, [v for row in rows for v in row], form=".15e", between=" ")
    return transform("Decorrelation", named(entries, outputs), text)


def pca(entries, *parts, outputs=None):
    """`parts` are (mean, eigenvectors), one for each class and the last for all."""
    text = ""
    for c, (mean, _) in enumerate(parts):
        size = f'Class="{CLASSES[c]}" ClassIndex="{c}" NRows="{len(mean)}"'
        text += block("Statistics", size, mean, between=" ")
    for c, (mean, E) in enumerate(parts):
        size = f'Class="{CLASSES[c]}" ClassIndex="{c}" NRows="{len(mean)}" NCols="{len(mean)}"'
        text += block("Eigenvectors", size, [v for row in E for v in row], between=" ")
    return transform("PCA", named(entries, outputs), text)


def pdf(contents, edges, name, even=False):
    n, x = len(contents), f'XMin="{edges[0]:.16e}" XMax="{edges[-1]:.16e}"'
    head = f'Name="{name}_original" NBins="{n}" {x} HasEquidistantBins="{int(even)}"'
    text = f'          <PDF Name="{name}" {PDF}>\n'
    text += block("Histogram", head, contents, 12, between=" ")
    if not even:
        text += block("HistogramBinning", f'NBins="{n}"', edges, 12, between=" ")
    return text + "          </PDF>\n"


def gauss(entries, *classes, form="Gauss", outputs=None, even=False):
    """`classes` are lists of (contents, edges), one list for each class and the last for all."""
    text = ""
    for k in range(len(entries)):
        text += f'      <Variable VarIndex="{k}">\n'
        for c, table in enumerate(classes):
            inside = pdf(*table[k], f"Cumulative_Var{k}_cls{c}", even)
            text += f"        <CumulativePDF_cls{c}>\n{inside}        </CumulativePDF_cls{c}>\n"
        text += "      </Variable>\n"
    return transform("Gauss", named(entries, outputs), text, f' FlatOrGauss="{form}"')


def rearrange(entries, outputs):
    return transform("Rearrange", named(entries, outputs), "")


def targets_of(*labels):
    return [variable(k, label, tag="Target") for k, label in enumerate(labels)]


def file_of(
    layers,
    inputs,
    *,
    dims=None,
    letter="I",
    analysis="Regression",
    outputs=1,
    transforms=(),
    **more,
):
    """Type a file. `inputs` are labels of variables, or their number: then of an array.

    `outputs` is the number of targets of a regression or the labels of them.
    """
    variables = arrays(1, inputs) if isinstance(inputs, int) else plain(*inputs)
    if analysis == "Regression":
        labels = [f"t{k}" for k in range(outputs)] if isinstance(outputs, int) else outputs
        more = {"classes": ["Regression"], "targets": targets_of(*labels), "loss": "R"} | more
    return document(
        "small", dims or (1, 1, len(variables)), [(layer, None) for layer in layers], variables,
        letter=letter, analysis=analysis, transforms=list(transforms), **more,
    )  # fmt: skip
