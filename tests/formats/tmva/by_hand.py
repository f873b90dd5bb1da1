"""What TMVA's networks compute, number by number: a row is a list, a sequence a list of rows.

Written from the formulas, without the package and without arrays; sums are done in Python's floats.
"""

from __future__ import annotations

import math
import struct


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def times(W, x):
    return [sum(w * v for w, v in zip(row, x, strict=True)) for row in W]


def plus(*terms):
    return [sum(parts) for parts in zip(*terms, strict=True)]


def column(b):
    return [row[0] for row in b]


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


ACTIVATIONS = [
    lambda z: z,
    lambda z: max(z, 0.0),
    sigmoid,
    math.tanh,
    abs,
    lambda z: z / (1 + abs(z)),
    lambda z: math.exp(-z * z),
    math.tanh,  # TMVA's fast tanh differs from it in the last places
]


def lstm(m, sequence, units):
    h, c, out = [0.0] * units, [0.0] * units, []
    for x in sequence:
        z = {
            g: plus(times(m["W_" + g], x), times(m["U_" + g], h), column(m["b_" + g]))
            for g in "ifco"
        }
        i, f, o = ([sigmoid(v) for v in z[g]] for g in "ifo")
        g = [math.tanh(v) for v in z["c"]]
        c = [f[k] * c[k] + i[k] * g[k] for k in range(units)]
        h = [o[k] * math.tanh(c[k]) for k in range(units)]
        out.append(h)
    return out


def gru(m, sequence, units, after):
    h, out = [0.0] * units, []
    for x in sequence:
        z = {
            g: plus(times(m["W_" + g], x), times(m["U_" + g], h), column(m["b_" + g])) for g in "ru"
        }
        r, u = ([sigmoid(v) for v in z[g]] for g in "ru")
        wx = times(m["W_c"], x)
        if after:
            uh = [r[k] * v for k, v in enumerate(times(m["U_c"], h))]
        else:
            uh = times(m["U_c"], [r[k] * h[k] for k in range(units)])
        g = [math.tanh(v) for v in plus(wx, uh, column(m["b_c"]))]
        h = [u[k] * h[k] + (1 - u[k]) * g[k] for k in range(units)]
        out.append(h)
    return out


def rnn(m, sequence, units):
    h, out = [0.0] * units, []
    for x in sequence:
        h = [math.tanh(v) for v in plus(times(m["W"], x), times(m["U"], h), column(m["b"]))]
        out.append(h)
    return out


def convolution(W, b, image, kernel, stride, padding, f):
    """Correlate an image [channel][row][column] with filters whose columns are channel-major."""
    height, width = len(image[0]), len(image[0][0])
    (kh, kw), (sh, sw), (ph, pw) = kernel, stride, padding

    def pixel(c, h, w):
        return image[c][h][w] if 0 <= h < height and 0 <= w < width else 0.0

    def at(row, i, j):
        columns = [(c, r, q) for c in range(len(image)) for r in range(kh) for q in range(kw)]
        return sum(
            w * pixel(c, i * sh - ph + r, j * sw - pw + q)
            for w, (c, r, q) in zip(row, columns, strict=True)
        )

    rows, columns = (height - kh + 2 * ph) // sh + 1, (width - kw + 2 * pw) // sw + 1
    return [
        [[f(at(row, i, j) + bias) for j in range(columns)] for i in range(rows)]
        for row, bias in zip(W, b, strict=True)
    ]


def max_pool(image, kernel, stride):
    (kh, kw), (sh, sw) = kernel, stride
    rows, columns = (len(image[0]) - kh) // sh + 1, (len(image[0][0]) - kw) // sw + 1
    return [
        [
            [
                max(plane[i * sh + r][j * sw + q] for r in range(kh) for q in range(kw))
                for j in range(columns)
            ]
            for i in range(rows)
        ]
        for plane in image
    ]


def normalised(x, mean, variance, gamma, beta, epsilon):
    return gamma * (x - mean) / math.sqrt(variance + epsilon) + beta


def image_of(x, channels, height, width):
    return [cut(plane, width) for plane in cut(x, height * width)][:channels]


def row_of_any(x):
    return [v for part in x for v in (row_of_any(part) if isinstance(part, list) else [part])]


def output(letter, y):
    if letter == "S":
        return [sigmoid(v) for v in y]
    if letter == "M":
        total = sum(math.exp(v) for v in y)
        return [math.exp(v) / total for v in y]
    return y


def cut(x, width):
    return [x[k : k + width] for k in range(0, len(x), width)]


def there(x, ranges):
    return [(v - a) / (b - a) * 2 - 1 for v, (a, b) in zip(x, ranges, strict=True)]


def back_again(y, ranges):
    return [a + (v + 1) * (b - a) / 2 for v, (a, b) in zip(y, ranges, strict=True)]
