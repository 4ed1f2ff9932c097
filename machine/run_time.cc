// SPDX-License-Identifier: GPL-2.0-only

#include "machine/run_time.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace daxmend {
namespace {

uint64_t NowNs() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

}  // namespace

uint64_t WaitedForProcessor(std::string_view schedstat) {
  const size_t space = schedstat.find(' ');
  if (space == std::string_view::npos) return 0;
  schedstat.remove_prefix(space + 1);
  uint64_t waited = 0;
  std::from_chars(schedstat.data(), schedstat.data() + schedstat.size(),
                  waited);
  return waited;
}

RunTime::RunTime(pid_t pid, const std::string& proc)
    : tasks_(fmt::format("{}/{}/task", proc, pid)), begun_ns_(NowNs()) {}

double RunTime::seconds() const {
  const uint64_t passed = NowNs() - begun_ns_;
  uint64_t waited = 0;
  std::error_code ended;  // threads come and go
  for (std::filesystem::directory_iterator task(tasks_, ended), end;
       !ended && task != end; task.increment(ended)) {
    std::ifstream file(task->path() / "schedstat");
    std::string line;
    std::getline(file, line);
    waited = std::max(waited, WaitedForProcessor(line));
  }
  return static_cast<double>(passed - std::min(waited, passed)) / 1e9;
}

}  // namespace daxmend
