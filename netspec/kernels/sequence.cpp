// Stages one after another, and the matrices that they hold.

#include "stage.h"

#include <algorithm>
#include <cstring>

namespace netspec {

template <class T> ptrdiff_t Sequence<T>::gives(ptrdiff_t size) const {
    for (const auto& stage : stages_) size = stage->gives(size);
    return size;
}

template <class T> double Sequence<T>::work(ptrdiff_t size) const {
    double all = 0;
    for (const auto& stage : stages_) {
        all += stage->work(size);
        size = stage->gives(size);
    }
    return all;
}

template <class T> ptrdiff_t Sequence<T>::step_weights() const {
    ptrdiff_t most = 0;
    for (const auto& stage : stages_) most = std::max(most, stage->step_weights());
    return most;
}

template <class T> bool Sequence<T>::keeps_steps() const {
    for (const auto& stage : stages_)
        if (!stage->keeps_steps()) return false;
    return true;
}

template <class T> void Sequence<T>::run(const Events<T>& x, T* y, const Call<T>& call) const {
    Arena::Scope scope(call.arena);
    Events<T> now = x;
    ptrdiff_t largest = 0, size = x.size;
    for (const auto& stage : stages_) {
        size = stage->gives(size);
        largest = size > largest ? size : largest;
    }
    T* buffers[2] = {};
    for (size_t i = 0; i < stages_.size(); i++) {
        bool last = i + 1 == stages_.size();
        T*& buffer = buffers[i % 2];
        if (!last && !buffer) buffer = call.arena.template numbers<T>(largest * x.count);
        T* out = last ? y : buffer;
        stages_[i]->run(now, out, call);
        now.at = out;
        now.size = stages_[i]->gives(now.size);
        if (!stages_[i]->keeps_steps()) now.lengths = nullptr;
    }
    if (stages_.empty()) std::memcpy(y, x.at, sizeof(T) * static_cast<size_t>(x.count * x.size));
}

template <class T>
Matrix<T>::Matrix(const Kernels<T>& kernels, const T* W, ptrdiff_t outputs, ptrdiff_t terms,
                  bool transposed)
    : outputs_(outputs), terms_(terms), data_(aligned<T>(kernels.packed_size(outputs, terms))) {
    if (transposed) kernels.pack(W, 1, outputs, outputs, terms, data_.get());
    else kernels.pack(W, terms, 1, outputs, terms, data_.get());
}

template class Sequence<float>;
template class Sequence<double>;
template class Matrix<float>;
template class Matrix<double>;

}  // namespace netspec
