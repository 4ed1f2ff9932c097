// SPDX-License-Identifier: GPL-2.0-only
//
// One recovery at a time, by the system calls of one strategy alone (write,
// flag, clear or punch, recovery/page_repair.h). Nanoseconds are those of the
// clock: guest instructions under the virtual one.
//
//   recovery_probe price STRATEGY FILE
//     recovers every poisoned page of FILE: prints the least, the median and
//     the most ns of a page
//   recovery_probe restore FILE BACKUP
//     writes FILE anew from BACKUP, makes it durable and puts it in the place
//     of the old one: prints the ns
//   recovery_probe kill STRATEGY FILE NS SEED
//     has a writer recover each poisoned page of FILE, with the letter n, and
//     kills it within NS of its start; prints what the next reader of each page
//     got, as COUNT WHAT lines: EIO, old (all of it the letter o), new, zeros
//     or mixed
//   recovery_probe look FILE
//     prints the same of every other page of FILE, from the first
//
// Exit status: 0, 1 when a recovery failed, 2 when it could not be asked.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "device/firmware_clearing.h"
#include "recovery/file_media.h"
#include "recovery/page_repair.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr unsigned kRecoveryFlag = 0x20;

uint64_t Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<uint64_t>(now.tv_nsec);
}

FileDescriptor Open(const std::string& path, int flags) {
  FileDescriptor fd(open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!fd) throw ErrnoError("open " + path, errno);
  return fd;
}

Strategy RepairOf(const std::string& strategy) {
  if (strategy == "write") return Strategy::kWrite;
  if (strategy == "flag") return Strategy::kFlag;
  if (strategy == "clear") return Strategy::kClear;
  if (strategy == "punch") return Strategy::kPunch;
  throw std::invalid_argument("no strategy " + strategy);
}

// A strategy on a file.
class Subject {
 public:
  Subject(const std::string& strategy, const std::string& path)
      : media_({.path = path,
                .recovery_flag = kRecoveryFlag,
                .clearing = FirmwareClearingOf}),
        repair_(&media_, RepairOf(strategy), Now, {}),
        page_(kPageBytes, std::byte{'n'}) {}

  std::vector<FileRange> PoisonedPages() {
    Layout layout;
    const auto size = static_cast<uint64_t>(media_.Size());
    if (media_.Locate(AlignOut(FileRange{0, size}, kPageBytes), &layout) != 0)
      throw Error("the poison of the file cannot be located");
    std::vector<FileRange> pages;
    for (FileRange bad : layout.poison) {
      const FileRange whole = AlignOut(bad, kPageBytes);
      for (uint64_t at = whole.begin; at < whole.end; at += kPageBytes)
        pages.push_back(FileRange::OfLength(at, kPageBytes));
    }
    return pages;
  }

  Layout Find(FileRange page) {
    Layout layout;
    if (media_.Locate(page, &layout) != 0)
      throw Error("a page of the file cannot be located");
    return layout;
  }

  bool Recover(FileRange page, const Layout& layout) {
    return repair_.Write(page, page_, layout).done == kPageBytes;
  }

 private:
  FileMedia media_;
  PageRepair repair_;
  const std::vector<std::byte> page_;
};

int Price(const std::string& strategy, const std::string& path) {
  Subject subject(strategy, path);
  std::vector<uint64_t> all;
  for (FileRange page : subject.PoisonedPages()) {
    const Layout layout = subject.Find(page);
    const uint64_t begun = Now();
    if (!subject.Recover(page, layout)) return 1;
    all.push_back(Now() - begun);
  }
  if (all.empty()) return 2;
  std::sort(all.begin(), all.end());
  std::printf("%llu %llu %llu\n", static_cast<unsigned long long>(all.front()),
              static_cast<unsigned long long>(all[(all.size() - 1) / 2]),
              static_cast<unsigned long long>(all.back()));
  return 0;
}

int Restore(const std::string& path, const std::string& backup) {
  std::vector<char> buffer(1 << 20);
  const std::string anew = path + ".new";
  const uint64_t begun = Now();
  {
    const FileDescriptor from = Open(backup, O_RDONLY);
    const FileDescriptor to = Open(anew, O_WRONLY | O_CREAT | O_TRUNC);
    ssize_t n;
    while ((n = read(from.get(), buffer.data(), buffer.size())) > 0)
      if (write(to.get(), buffer.data(), static_cast<size_t>(n)) != n) return 1;
    if (n < 0 || fsync(to.get()) != 0) return 1;
  }
  if (rename(anew.c_str(), path.c_str()) != 0) return 1;
  std::printf("%llu\n", static_cast<unsigned long long>(Now() - begun));
  return 0;
}

std::string WhatIsRead(int fd, uint64_t offset) {
  std::vector<char> page(kPageBytes);
  const ssize_t n =
      pread(fd, page.data(), page.size(), static_cast<off_t>(offset));
  if (n < 0) return strerrorname_np(errno);
  const auto all = [&](char letter) {
    return std::count(page.begin(), page.end(), letter) ==
           static_cast<ptrdiff_t>(kPageBytes);
  };
  return all('o') ? "old" : all('n') ? "new" : all(0) ? "zeros" : "mixed";
}

void Print(const std::map<std::string, int>& seen) {
  for (const auto& [what, count] : seen)
    std::printf("%d %s\n", count, what.c_str());
}

// Has SIGKILL sent to this process, wherever it is in `ns`.
void DieIn(uint64_t ns) {
  sigevent event = {};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGKILL;
  timer_t timer;
  itimerspec when = {};
  when.it_value.tv_sec = static_cast<time_t>(ns / 1'000'000'000);
  when.it_value.tv_nsec = static_cast<long>(ns % 1'000'000'000);
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 ||
      timer_settime(timer, 0, &when, nullptr) != 0)
    _exit(2);
}

int Kill(const std::string& strategy, const std::string& path, uint64_t ns,
         uint64_t seed) {
  Subject subject(strategy, path);
  const FileDescriptor reader = Open(path, O_RDONLY);
  std::mt19937_64 random(seed);
  std::map<std::string, int> seen;
  for (FileRange page : subject.PoisonedPages()) {
    const Layout layout = subject.Find(page);
    const uint64_t delay = 1 + random() % ns;
    const pid_t writer = fork();
    if (writer < 0) throw ErrnoError("fork", errno);
    if (writer == 0) {
      DieIn(delay);
      if (!subject.Recover(page, layout)) _exit(1);
      for (;;) pause();
    }
    int status = 0;
    if (waitpid(writer, &status, 0) != writer) throw ErrnoError("wait", errno);
    if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
    ++seen[WhatIsRead(reader.get(), page.begin)];
  }
  Print(seen);
  return 0;
}

int Look(const std::string& path) {
  const FileDescriptor reader = Open(path, O_RDONLY);
  struct stat st;
  if (fstat(reader.get(), &st) != 0) throw ErrnoError("stat " + path, errno);
  std::map<std::string, int> seen;
  for (off_t at = 0; at < st.st_size; at += 2 * kPageBytes)
    ++seen[WhatIsRead(reader.get(), static_cast<uint64_t>(at))];
  Print(seen);
  return 0;
}

int Run(const std::vector<std::string>& words) {
  const std::string what = words.empty() ? "" : words[0];
  if (what == "price" && words.size() == 3) return Price(words[1], words[2]);
  if (what == "restore" && words.size() == 3)
    return Restore(words[1], words[2]);
  if (what == "kill" && words.size() == 5)
    return Kill(words[1], words[2], std::stoull(words[3]),
                std::stoull(words[4]));
  if (what == "look" && words.size() == 2) return Look(words[1]);
  throw std::invalid_argument("what it does is above its source");
}

}  // namespace
}  // namespace daxmend

int main(int count, char** words) {
  try {
    return daxmend::Run({words + 1, words + count});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "recovery_probe: %s\n", error.what());
    return 2;
  }
}
