// The slope in a table of vectors: sums over the places of each id, in the order of rule 2 (README.md).
//
// It is an outer sum of one-hot rows whose zeros are left out: every sum begins at +0, so that what is
// left out changes no bit. A level of a tree is a table like the result, of which only the rows that
// were touched are ever looked at.

#pragma once

#include <algorithm>
#include <vector>

#include "job.h"

namespace netspec {

template <class T> class ScatterTree {
   public:
    // result (ids, units): dy (events, places, units) added up where id(event, place) says.
    template <class F>
    static void sum(ptrdiff_t ids, ptrdiff_t units, ptrdiff_t events, ptrdiff_t places, F id, const T* dy,
                    T* result) {
        ScatterTree by_place(ids, units), by_block(ids, units);
        Table chain(ids, units);
        for (ptrdiff_t first = 0; first < events; first += BLOCK) {
            const ptrdiff_t end = std::min(events, first + BLOCK);
            for (ptrdiff_t p = 0; p < places; p++) {
                for (ptrdiff_t e = first; e < end; e++) chain.add(id(e, p), dy + (e * places + p) * units);
                by_place.take(chain);
            }
            by_place.finish(chain);
            by_block.take(chain);
        }
        by_block.finish(chain);
        std::fill_n(result, ids * units, T(0));
        for (ptrdiff_t row : chain.touched) std::copy_n(chain.row(row), units, result + row * units);
    }

   private:
    struct Table {
        ptrdiff_t units;
        std::vector<T> sums;
        std::vector<char> is_touched;
        std::vector<ptrdiff_t> touched;
        Table(ptrdiff_t ids, ptrdiff_t units_)
            : units(units_), sums(static_cast<size_t>(ids * units_)), is_touched(static_cast<size_t>(ids)) {}
        T* row(ptrdiff_t id) { return sums.data() + id * units; }
        void add(ptrdiff_t id, const T* numbers) {
            char& mark = is_touched[static_cast<size_t>(id)];
            if (!mark) mark = 1, touched.push_back(id);
            T* to = row(id);
            for (ptrdiff_t i = 0; i < units; i++) to[i] = to[i] + numbers[i];
        }
        // Add all of it to another table, and begin anew.
        void into(Table& other) {
            for (ptrdiff_t id : touched) {
                other.add(id, row(id));
                std::fill_n(row(id), units, T(0));
                is_touched[static_cast<size_t>(id)] = 0;
            }
            touched.clear();
        }
    };

    ScatterTree(ptrdiff_t ids, ptrdiff_t units) : ids_(ids), units_(units) {}

    Table& level(size_t number) {
        if (number == levels_.size()) levels_.emplace_back(ids_, units_);
        return levels_[number];
    }
    // One more entry, which is left empty.
    void take(Table& entry) {
        entry.into(level(0));
        ptrdiff_t full = ++count_;
        for (size_t l = 0; full % NEIGHBOURS == 0; l++, full /= NEIGHBOURS) raise(l);
    }
    void raise(size_t number) {
        level(number + 1);  // which may move the others
        levels_[number].into(levels_[number + 1]);
    }
    // The sum of all entries, into an empty table.
    void finish(Table& result) {
        for (size_t l = 0; l + 1 < levels_.size(); l++) raise(l);
        if (!levels_.empty()) levels_.back().into(result);
        count_ = 0;
    }

    ptrdiff_t ids_, units_, count_ = 0;
    std::vector<Table> levels_;
};

}  // namespace netspec
