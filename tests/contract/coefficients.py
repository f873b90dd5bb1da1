"""Coefficients of the elementary functions, as the contract prints them: c[0] first."""

from __future__ import annotations

_PRINTED = """
QE 32  0x1.fffffap-2, 0x1.555492p-3, 0x1.555a26p-5, 0x1.123988p-7, 0x1.694cd2p-10
QE 64  0x1.000000000000ap-1, 0x1.55555555554fep-3, 0x1.55555555506acp-5, 0x1.1111111126b2ep-7,
       0x1.6c16c1847c94ap-10, 0x1.a01a012ffa313p-13, 0x1.a019994c1319bp-16,
       0x1.71df18b9a77afp-19, 0x1.28ae10fc92d74p-22, 0x1.ad9371fbf06c3p-26
QM 32  0x1p-1, 0x1.555554p-3, 0x1.5554fp-5, 0x1.111306p-7, 0x1.6d4372p-10, 0x1.9e0c28p-13
QM 64  0x1p-1, 0x1.5555555555559p-3, 0x1.555555555554dp-5, 0x1.111111110f655p-7,
       0x1.6c16c16c1aafep-10, 0x1.a01a01b0036dap-13, 0x1.a01a018e0f1e3p-16,
       0x1.71ddf80f866f9p-19, 0x1.27e5133984a14p-22, 0x1.af5f2c4710ad4p-26,
       0x1.1f1a36b916fb2p-29
PT 32  -0x1.55553cp-2, 0x1.110be6p-3, -0x1.b96288p-5, 0x1.600bd6p-6, -0x1.04675p-7,
       0x1.2db79ep-9, -0x1.7806d8p-12
PT 64  -0x1.555555555554fp-2, 0x1.1111111110b23p-3, -0x1.ba1ba1b9dd9c7p-5, 0x1.664f4878775c3p-6,
       -0x1.226e345914f35p-7, 0x1.d6d3aedc90b9fp-9, -0x1.7da1da8afa163p-10,
       0x1.354b4ba34fff5p-11, -0x1.f4dea8f8bee83p-13, 0x1.939baa0dc3036p-14,
       -0x1.3f4c41b707a12p-15, 0x1.df2057cfa10dcp-17, -0x1.3f43cf5ef8cf5p-18,
       0x1.553301f51f619p-20, -0x1.f442e411724f5p-23, 0x1.6deadb4f58a68p-26
GT 32  0x1.ffffe8p0, -0x1.fff5d4p0, 0x1.fe994p0, -0x1.ea24f6p0, 0x1.5f12f2p0
GT 64  0x1.fffffffffffe6p0, -0x1.fffffffffd46ep0, 0x1.fffffffe67d6cp0, -0x1.ffffff8870ebcp0,
       0x1.ffffeb96b1ae4p0, -0x1.fffdccd964df1p0, 0x1.ffd80341ae581p0, -0x1.fe1837cc66f9dp0,
       0x1.f06f75c7cf33bp0, -0x1.ace90769663e8p0, 0x1.dacb160285f5ep-1
PL 32  0x1.55553ep-2, -0x1.000006p-2, 0x1.99a8cp-3, -0x1.555f44p-3, 0x1.22f33ep-3,
       -0x1.fb7336p-4, 0x1.e9c9d4p-4, -0x1.e31eep-4, 0x1.144d98p-4
PL 64  0x1.5555555555592p-1, 0x1.999999997ff2bp-2, 0x1.24924941e082ap-2, 0x1.c71c52148103dp-3,
       0x1.74663d045e55p-3, 0x1.39a1e2da1a237p-3, 0x1.2f041b9804a66p-3
PE 32  -0x1.81274p-2, 0x1.ce2d5ap-4, -0x1.b7ff38p-6, 0x1.542c6ap-8, -0x1.a491cp-11,
       0x1.48ed6ep-14
PE 64  -0x1.812746b037a35p-2, 0x1.ce2f21a0472ap-4, -0x1.b82ce3141a5aep-6, 0x1.565bcd582de77p-8,
       -0x1.c02dc40286e23p-11, 0x1.f9a55b76a2e62p-14, -0x1.f50596661d786p-17,
       0x1.bd01319d19873p-20, -0x1.7f3f98decb5cdp-23, 0x1.ccec7011ac43dp-26,
       -0x1.d528ef60f8bd3p-28, 0x1.50784901760bcp-30
QR 32  -0x1.34a596p-13, 0x1.215052p-1, 0x1.4394cep-2, 0x1.c241a2p-5, -0x1.af7d0cp-7,
       0x1.3603a8p-9, -0x1.35b952p-12, 0x1.7c7fdep-16, -0x1.ae3a6cp-21
QR 64  -0x1.47311b55d0bd1p-25, 0x1.20dd83fd2853bp-1, 0x1.45f260dc92579p-2, 0x1.a50700b3a552dp-5,
       -0x1.3a199e8ec8614p-7, -0x1.100181f7ea79fp-14, 0x1.9e4915c61a768p-11,
       -0x1.dcc410dbb7407p-13, -0x1.b134940dd4856p-15, 0x1.5bdefcbf06d42p-14,
       -0x1.9027cf634dd14p-15, 0x1.4177e29d886cap-16, -0x1.95c6ac692b20bp-18,
       0x1.a35cd7a068736p-20, -0x1.68d7a561fc3dp-22, 0x1.03edf13b4bfe6p-24,
       -0x1.3920ff9557ad5p-27, 0x1.397466594d2bep-30, -0x1.01d7cfc75bd12p-33,
       0x1.56ae59ef7edbdp-37, -0x1.66bd7abf291d7p-41, 0x1.1cafd8402c5dep-45,
       -0x1.41ccfb626529dp-50, 0x1.cd7133f49bb31p-56, -0x1.3b504dc49463dp-62
"""


def _read() -> dict[str, dict[str, list[float]]]:
    """Give lists of numbers by the type of number and by name."""
    tables: dict[str, dict[str, list[float]]] = {"float32": {}, "float64": {}}
    for line in _PRINTED.strip().splitlines():
        if line.startswith(" "):
            text = line
        else:
            name, bits, text = line.split(None, 2)
            tables[f"float{bits}"][name] = []
        tables[f"float{bits}"][name] += map(float.fromhex, text.replace(",", " ").split())
    return tables


TABLES = _read()
