// Many callers, many small jobs: every part is done once, by somebody, and teams really meet.
//
//     g++ -O1 -g -std=c++17 -fsanitize=thread -I netspec/kernels jobs.cpp netspec/kernels/pool.cpp -pthread

#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "pool.h"

using namespace netspec;

// Members that wait for each other: they would wait for ever if one were missing.
bool team_meets(int members) {
    struct Meeting {
        std::atomic<int> arrived{0};
        int members;
    } meeting;
    meeting.members = members;
    bool held = together(
        members,
        [](void* context, int) {
            auto& meeting = *static_cast<Meeting*>(context);
            meeting.arrived++;
            while (meeting.arrived < meeting.members) std::this_thread::yield();
        },
        &meeting);
    return !held || meeting.arrived == members;
}

int main(int, char** arguments) {
    const int callers = std::atoi(arguments[1]), jobs = std::atoi(arguments[2]);
    std::atomic<int> wrong{0};
    std::vector<std::thread> all;
    for (int caller = 0; caller < callers; caller++)
        all.emplace_back([&] {
            for (int job = 0; job < jobs; job++) {
                std::vector<int> times(static_cast<size_t>(1 + job % 7));
                in_parallel(1 + job % 4, static_cast<int>(times.size()),
                            [&](int part) { times[static_cast<size_t>(part)]++; });
                for (int each : times) wrong += each != 1;
                wrong += !team_meets(2 + job % 2);
            }
        });
    for (auto& thread : all) thread.join();
    std::printf("%d wrong\n", wrong.load());
    return wrong != 0;
}
