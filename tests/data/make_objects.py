"""Write objects.root with ROOT itself: `python make_objects.py`, with a Python that has PyROOT.

Entry k of 4: u = k, w = -k; jet.fX = k + 0.5, jet.n = 10 k; v, r = [10 k, ...], k numbers;
count = k, counted = [100 k, ...], k numbers; m[i][j] = 100 k + 10 i + j; lv = (k, 2k, 3k, 10);
hits[q] = (k, q, 5) for q < k; word = "w{k}"; flag = k is odd. `t;1` has the first two alone.
"""

from __future__ import annotations

import os
from array import array
from pathlib import Path


def main() -> None:
    import ROOT

    ROOT.gInterpreter.Declare("struct Jet { float fX; int n; };")
    os.chdir(Path(__file__).parent)  # the file keeps the name by which it was made
    file = ROOT.TFile("objects.root", "recreate")
    tree = ROOT.TTree("t", "")
    leaves, jet = array("f", [0, 0]), ROOT.Jet()
    v, r = ROOT.std.vector("float")(), ROOT.VecOps.RVec("float")()
    n, counted, m = array("i", [0]), array("d", [0] * 4), array("f", [0] * 6)
    lv, hits = ROOT.TLorentzVector(), ROOT.std.vector("ROOT::Math::XYZVector")()
    word, flag = ROOT.std.string(), array("b", [0])
    tree.Branch("leaves", leaves, "u/F:w/F")
    tree.Branch("jet", jet)
    tree.Branch("v", v)
    tree.Branch("r", r)
    tree.Branch("count", n, "count/I")
    tree.Branch("counted", counted, "counted[count]/D")
    tree.Branch("m", m, "m[2][3]/F")
    tree.Branch("lv", lv)
    tree.Branch("hits", hits)
    tree.Branch("word", word)
    tree.Branch("flag", flag, "flag/O")
    for k in range(4):
        leaves[0], leaves[1], n[0], flag[0] = k, -k, k, k % 2
        jet.fX, jet.n = k + 0.5, 10 * k
        for numbers in (v, r, hits):
            numbers.clear()
        for q in range(k):
            v.push_back(10 * k + q)
            r.push_back(10 * k + q)
            counted[q] = 100 * k + q
            hits.push_back(ROOT.Math.XYZVector(k, q, 5))
        for q in range(6):
            m[q] = 100 * k + 10 * (q // 3) + q % 3
        lv.SetPxPyPzE(k, 2 * k, 3 * k, 10)
        word.assign(f"w{k}")
        tree.Fill()
        if k == 1:
            tree.Write()
    tree.Write()
    file.Close()


if __name__ == "__main__":
    main()
