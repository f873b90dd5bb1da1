// The text of arrays, for Python: what netspec/formats writes and reads at the speed of C++.
//
// The plain Python of netspec/formats/xml says what each of these must give. The interpreter's lock
// is let go of while they work.

#include <memory>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/tuple.h>

#include "unlocked.h"
#include "base64.h"
#include "decimals.h"

namespace nb = nanobind;
using namespace netspec::text;

typedef nb::ndarray<nb::ro, nb::ndim<1>, nb::c_contig, nb::device::cpu> Values;
typedef nb::ndarray<nb::ndim<1>, nb::c_contig, nb::device::cpu> Place;

// Text or bytes, as they lie in memory.
class View {
    Py_buffer buffer;
    bool held = false;

public:
    const char *data;
    size_t size;

    explicit View(nb::handle source) {
        if (PyUnicode_Check(source.ptr())) {
            Py_ssize_t length;
            data = PyUnicode_AsUTF8AndSize(source.ptr(), &length);
            if (!data) nb::raise_python_error();
            size = static_cast<size_t>(length);
            return;
        }
        if (PyObject_GetBuffer(source.ptr(), &buffer, PyBUF_SIMPLE) != 0) nb::raise_python_error();
        held = true;
        data = static_cast<const char *>(buffer.buf);
        size = static_cast<size_t>(buffer.len);
    }
    View(const View &) = delete;
    View &operator=(const View &) = delete;
    ~View() {
        if (held) PyBuffer_Release(&buffer);
    }
};

// Call `work` with a pointer to the numbers, of the type that they have.
template <class Array, class Work> static void with_numbers(const Array &array, Work work) {
    if (array.dtype() == nb::dtype<float>())
        work(static_cast<const float *>(array.data()));
    else if (array.dtype() == nb::dtype<double>())
        work(static_cast<const double *>(array.data()));
    else if (array.dtype() == nb::dtype<int64_t>())
        work(static_cast<const int64_t *>(array.data()));
    else
        throw nb::type_error("wanted float32, float64 or int64");
}

static nb::bytes decimal_lines(const Values &values, size_t row, size_t first) {
    if (row == 0) throw nb::value_error("wanted rows of numbers");
    size_t count = values.size(), size = 0;
    std::unique_ptr<char[]> text(new char[count * LONGEST + BESIDE]);
    with_numbers(values, [&](auto numbers) {
        netspec::Unlocked free;
        size = static_cast<size_t>(write_lines(numbers, count, row, first, text.get()) - text.get());
    });
    return nb::bytes(text.get(), size);
}

static std::tuple<size_t, size_t, size_t> read_decimals(nb::handle text, const Place &values) {
    View view(text);
    Reading reading{};
    with_numbers(values, [&](auto numbers) {
        auto place = const_cast<std::remove_const_t<std::remove_pointer_t<decltype(numbers)>> *>(numbers);
        netspec::Unlocked free;
        reading = read_numbers(view.data, view.size, place, values.size());
    });
    return {reading.count, reading.start, reading.stop};
}

static nb::bytes nine_digits(const Values &values) {
    if (values.dtype() != nb::dtype<float>()) throw nb::type_error("wanted float32");
    size_t count = values.size(), size;
    std::unique_ptr<char[]> text(new char[count * NINE + BESIDE]);
    {
        netspec::Unlocked free;
        auto numbers = static_cast<const float *>(values.data());
        size = static_cast<size_t>(write_nine_digits(numbers, count, text.get()) - text.get());
    }
    return nb::bytes(text.get(), size);
}

static nb::bytes base64_lines(nb::handle data) {
    View view(data);
    size_t size = base64_size(view.size);
    std::unique_ptr<char[]> text(new char[size]);
    {
        netspec::Unlocked free;
        write_base64(reinterpret_cast<const uint8_t *>(view.data), view.size, text.get());
    }
    return nb::bytes(text.get(), size);
}

static bool read_base64_lines(nb::handle text, const Place &bytes) {
    if (bytes.dtype() != nb::dtype<uint8_t>()) throw nb::type_error("wanted uint8");
    View view(text);
    netspec::Unlocked free;
    return read_base64(view.data, view.size, static_cast<uint8_t *>(bytes.data()), bytes.size());
}

void bind_text(nb::module_ &m) {
    m.def("decimal_lines", &decimal_lines, nb::arg("values").noconvert(), nb::arg("row"),
          nb::arg("first"),
          "Give the lines of numbers that stand in an array with rows of `row` from number `first`.");
    m.def("read_decimals", &read_decimals, nb::arg("text"), nb::arg("values").noconvert(),
          "Read numbers until `values` is full or a word is none: how many, and that word's place.");
    m.def("nine_digits", &nine_digits, nb::arg("values").noconvert(),
          "Give float32 numbers as '%.8e  ' writes them.");
    m.def("base64_lines", &base64_lines, nb::arg("data"),
          "Give the base64 of bytes, in lines of 76 characters.");
    m.def("read_base64", &read_base64_lines, nb::arg("text"), nb::arg("values").noconvert(),
          "Fill bytes from their base64; False where the text is not that.");
}
