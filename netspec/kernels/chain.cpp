// Learners one after another: where their inputs and outputs lie, and how far the way back goes.

#include <algorithm>

#include "learner.h"

namespace netspec {

template <class T> ptrdiff_t Chain<T>::gives(ptrdiff_t size) const {
    for (const Link& link : links_) size = link.learner->gives(size);
    return size;
}

template <class T> double Chain<T>::work(ptrdiff_t size) const {
    double all = 0;
    for (const Link& link : links_) {
        all += link.learner->work(size);
        size = link.learner->gives(size);
    }
    return all;
}

template <class T> bool Chain<T>::keeps_steps() const {
    return std::all_of(links_.begin(), links_.end(), [](const Link& l) { return l.learner->keeps_steps(); });
}

template <class T> bool Chain<T>::has_weights() const {
    return std::any_of(links_.begin(), links_.end(), [](const Link& l) { return l.learner->has_weights(); });
}

template <class T> void Chain<T>::settle(bool slope_in_x) {
    backmost_ = links_.size();
    for (size_t i = links_.size(); i-- > 0;)
        if (slope_in_x || links_[i].learner->has_weights()) backmost_ = i;
    for (size_t i = 0; i < links_.size(); i++) links_[i].learner->settle(slope_in_x || i > backmost_);
}

template <class T> void Chain<T>::pack(const T* weights, std::vector<Packing<T>>& packings) {
    for (Link& link : links_) link.learner->pack(weights, packings);
}

template <class T> void Chain<T>::begin(const std::vector<const T*>& states) {
    for (Link& link : links_) link.learner->begin(states);
}

template <class T>
void Chain<T>::prepare(Arena& memory, ptrdiff_t events, ptrdiff_t size, ptrdiff_t width, bool lengths) {
    size_ = size;
    width_ = width;
    x_ = lengths ? memory.numbers<T>(events * size) : nullptr;
    for (Link& link : links_) {
        link.size = size;
        link.gives = size = link.learner->gives(size);
        link.y = link.learner->does_nothing() ? nullptr : memory.numbers<T>(events * size);
        link.learner->prepare(memory, events, link.size);
    }
}

template <class T> const T* Chain<T>::input(size_t link, const T* x, ptrdiff_t first) const {
    while (link-- > 0)
        if (links_[link].y) return links_[link].y + first * links_[link].gives;
    return x_ ? x_ + first * size_ : x;
}

template <class T> const T* Chain<T>::forward(const Tile<T>& tile, const T* x) {
    if (x_) {
        T* own = x_ + tile.first * size_;
        std::copy(x, x + tile.count * size_, own);
        clear_padding(tile.lengths, tile.count, size_, width_, own);
    }
    Tile<T> now = tile;
    for (size_t i = 0; i < links_.size(); i++) {
        Learner<T>& learner = *links_[i].learner;
        if (links_[i].y) {
            T* y = links_[i].y + tile.first * links_[i].gives;
            learner.forward(now, input(i, x, tile.first), links_[i].size, y);
            if (learner.keeps_steps() && !learner.clears_padding())
                clear_padding(now.lengths, tile.count, links_[i].gives, learner.width(), y);
        }
        now.lengths = learner.keeps_steps() ? now.lengths : nullptr;
    }
    return input(links_.size(), x, tile.first);
}

template <class T> void Chain<T>::back(const Tile<T>& tile, const T* x, T* dy, T* dx) {
    Arena::Scope scope(tile.arena);
    ptrdiff_t largest = 0;
    std::vector<const int64_t*> lengths{tile.lengths};
    for (const Link& link : links_) {
        largest = std::max(largest, link.size);
        lengths.push_back(link.learner->keeps_steps() ? lengths.back() : nullptr);
    }
    T* buffers[2] = {};
    Tile<T> now = tile;
    for (size_t i = links_.size(), turn = 0; i-- > backmost_;) {
        const Link& link = links_[i];
        clear_padding(lengths[i + 1], tile.count, link.gives, link.learner->width(), dy);
        if (!link.y) continue;
        const bool wanted = dx || i > backmost_;
        T*& buffer = buffers[turn++ % 2];
        if (wanted && !buffer) buffer = tile.arena.template numbers<T>(tile.count * largest);
        now.lengths = lengths[i];
        link.learner->back(now, input(i, x, tile.first), link.size, link.y + tile.first * link.gives, dy,
                           wanted ? buffer : nullptr);
        dy = buffer;
    }
    if (!dx) return;
    std::copy(dy, dy + tile.count * size_, dx);
    clear_padding(tile.lengths, tile.count, size_, width_, dx);
}

template <class T> void Chain<T>::sum(Sums<T>& sums, const T* x) const {
    for (size_t i = 0; i < links_.size(); i++)
        links_[i].learner->sum(sums, input(i, x, 0), links_[i].size);
}

template class Chain<float>;
template class Chain<double>;

}  // namespace netspec
