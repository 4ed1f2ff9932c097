// SPDX-License-Identifier: GPL-2.0-only

#include "results/hosts/in_parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

namespace daxmend {
namespace {
constexpr size_t kAtATime = 16;
}

void InParallel(size_t count, const std::string& doing,
                const std::function<void(size_t)>& each) {
  std::mutex mutex;
  std::condition_variable one_ended;
  size_t next = 0, ended = 0;
  const auto work = [&] {
    std::unique_lock hold(mutex);
    while (next < count) {
      const size_t mine = next++;
      hold.unlock();
      each(mine);
      hold.lock();
      ++ended;
      one_ended.notify_one();
    }
  };
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < std::min(count, kAtATime); ++i)
    threads.emplace_back(work);
  std::unique_lock hold(mutex);
  while (!one_ended.wait_for(hold, std::chrono::seconds(2),
                             [&] { return ended == count; }))
    std::fprintf(stderr, "%s: %zu of %zu hosts\n", doing.c_str(), ended, count);
}

}  // namespace daxmend
