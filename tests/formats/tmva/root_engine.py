"""A document as TMVA reads it: ROOT's TXMLEngine, and numbers through a C++ stringstream.

Source: Tools.cxx of ROOT (ReadAttr, GetChild, GetContent), MethodBase.cxx (ReadStateFromFile, with
a buffer of 10000000 bytes) and TMVA/DNN/GeneralLayer.h (ReadMatrixXML).
"""

from __future__ import annotations

import numpy
import pytest

ROOT = pytest.importorskip("ROOT", reason="ROOT is not installed")

BUFFER = 10_000_000

ROOT.gInterpreter.Declare("""
#ifndef NETSPEC_TESTS
#define NETSPEC_TESTS
#include <sstream>
#include <string>
#include "TXMLEngine.h"
namespace netspec_tests {
template <typename T> long numbers(const char *text, long count, T *out)
{
   std::stringstream stream(text);
   long k = 0;
   while (k < count && stream >> out[k]) ++k;
   std::string rest;
   return stream >> rest ? -1 : k;   // -1: more than was wanted
}
long floats(const char *text, long count, float *out) { return numbers(text, count, out); }
long doubles(const char *text, long count, double *out) { return numbers(text, count, out); }
long matrix(TXMLEngine &xml, void *node, long count, float *out)
{
   return numbers(xml.GetNodeContent(node), count, out);
}
}
#endif
""")


def numbers(text, count, dtype="float32"):
    """Give the numbers of a text as a stream reads them into floats or doubles."""
    out = numpy.full(max(count, 1), numpy.nan, dtype)
    read = ROOT.netspec_tests.floats if dtype == "float32" else ROOT.netspec_tests.doubles
    assert read(text, count, out) == count
    return out[:count]


class Node:
    """An element of a document that ROOT parsed."""

    def __init__(self, xml, pointer):
        self.xml, self.pointer = xml, pointer

    @property
    def tag(self):
        return self.xml.GetNodeName(self.pointer)

    @property
    def text(self):
        return self.xml.GetNodeContent(self.pointer)

    def attribute(self, name):
        assert self.xml.HasAttr(self.pointer, name), f"non-existing attribute {name}"
        return self.xml.GetAttr(self.pointer, name)

    def integer(self, name):
        return int(numbers(self.attribute(name), 1, "float64")[0])

    def number(self, name, dtype="float32"):
        return numbers(self.attribute(name), 1, dtype)[0]

    def children(self, tag=None):
        found, pointer = [], self.xml.GetChild(self.pointer)
        while pointer:
            node = Node(self.xml, pointer)
            if tag is None or node.tag == tag:
                found.append(node)
            pointer = self.xml.GetNext(pointer)
        return found

    def child(self, tag):
        """Give the first child of this name, as `gTools().GetChild(node, name)` does."""
        return self.children(tag)[0]

    def matrix(self, rows, columns):
        """Give a matrix of a DL layer: its shape is what is expected, its numbers are floats."""
        assert (self.integer("Rows"), self.integer("Columns")) == (rows, columns)
        out = numpy.full(rows * columns, numpy.nan, "float32")
        assert ROOT.netspec_tests.matrix(self.xml, self.pointer, len(out), out) == len(out)
        return out.reshape(rows, columns)


def parse(path):
    """Give the root element of a file; ROOT complains on stderr, and then there is none."""
    xml = ROOT.TXMLEngine()
    document = xml.ParseFile(str(path), BUFFER)
    assert document, "ROOT cannot read this file"
    return Node(xml, xml.DocGetRootElement(document))
