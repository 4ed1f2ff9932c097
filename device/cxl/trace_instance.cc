// SPDX-License-Identifier: GPL-2.0-only

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "core/error.h"
#include "device/cxl/poison_feed.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "daxmend-";
// A list of some 20,000 records fits; of longer ones the end is lost, and said
// to be.
constexpr char kBufferKib[] = "4096";

bool Put(const std::string& file, std::string_view text) {
  const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) ==
                   static_cast<ssize_t>(text.size());
}

// Where tracefs is: it has directories for instances.
std::string TracingDirectory(const CxlPlaces& places) {
  for (const std::string& candidate :
       {places.tracing, std::string("/sys/kernel/debug/tracing")}) {
    std::error_code none;
    if (fs::is_directory(candidate + "/instances", none)) return candidate;
  }
  throw Error(
      {.thing = "the list of a CXL device",
       .cause = geteuid() == 0
                    ? "cannot be read, because tracefs, in which the kernel "
                      "writes it, is not mounted"
                    : "is only for root",
       .way_out = geteuid() == 0 ? "mount it ('mount -t tracefs tracefs "
                                   "/sys/kernel/tracing')"
                                 : "run as root"});
}

// Removes the instances of processes that were killed.
void Sweep(const std::string& instances) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(instances, none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kPrefix)) continue;
    pid_t pid = 0;
    const char* begin = name.data() + kPrefix.size();
    const auto [rest, error] =
        std::from_chars(begin, name.data() + name.size(), pid);
    if (error != std::errc() || pid <= 0) continue;
    if (kill(pid, 0) != 0 && errno == ESRCH) rmdir(entry.path().c_str());
  }
}

class Instance : public CxlTrace {
 public:
  explicit Instance(const CxlPlaces& places)
      : devices_(places.devices), owner_(getpid()) {
    static std::atomic<unsigned> next{0};
    const std::string tracing = TracingDirectory(places);
    Sweep(tracing + "/instances");
    directory_ =
        fmt::format("{}/instances/{}{}-{}", tracing, kPrefix, owner_, next++);
    if (mkdir(directory_.c_str(), 0700) != 0)
      throw ErrnoError("make the trace instance " + directory_, errno,
                       "run as root");
    try {
      Put(directory_ + "/buffer_size_kb", kBufferKib);
      if (!Put(directory_ + "/events/cxl/cxl_poison/enable", "1"))
        throw Error({.thing = "this kernel",
                     .cause = "does not trace CXL poison",
                     .way_out = "use Linux 6.4 or later, and load cxl_mem"});
      // Older kernels lack some of them.
      for (const char* event :
           {"cxl_general_media", "cxl_dram", "cxl_memory_module"})
        Put(fmt::format("{}/events/cxl/{}/enable", directory_, event), "1");
      pipe_ = FileDescriptor::Open(directory_ + "/trace_pipe",
                                   O_RDONLY | O_NONBLOCK);
    } catch (...) {
      rmdir(directory_.c_str());
      throw;
    }
  }
  ~Instance() override {
    pipe_ = {};
    // A child that was forked has it, and does not own it.
    if (getpid() == owner_) rmdir(directory_.c_str());
  }

  std::vector<CxlTraceLine> Take() override {
    std::vector<CxlTraceLine> lines;
    char buffer[16384];
    for (;;) {
      const ssize_t n = read(pipe_.get(), buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno != EAGAIN)
        throw ErrnoError("read " + directory_ + "/trace_pipe", errno);
      if (n <= 0) break;
      text_.append(buffer, static_cast<size_t>(n));
    }
    size_t begin = 0;
    for (size_t end; (end = text_.find('\n', begin)) != std::string::npos;
         begin = end + 1)
      if (auto line =
              ParseCxlTrace(std::string_view(text_).substr(begin, end - begin)))
        lines.push_back(std::move(*line));
    text_.erase(0, begin);
    return lines;
  }

  void TriggerList(const std::string& memdev) override {
    const std::string file = devices_ + "/" + memdev + "/trigger_poison_list";
    const FileDescriptor fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd && errno == ENOENT)
      throw Error({.thing = memdev,
                   .cause = "does not list its poison (the device has no such "
                            "command, or the kernel is older than 6.4)",
                   .way_out = "see 'cxl list -M -m " + memdev + "'"});
    if (!fd || write(fd.get(), "1", 1) != 1)
      throw ErrnoError("have " + memdev + " list its poison", errno,
                       errno == EACCES || errno == EPERM
                           ? "run as root"
                           : "see what the kernel says ('dmesg')");
  }

  int descriptor() const override { return pipe_.get(); }

 private:
  const std::string devices_;
  const pid_t owner_;
  std::string directory_;
  FileDescriptor pipe_;
  std::string text_;  // a line that is not whole yet
};

}  // namespace

std::unique_ptr<CxlTrace> OpenCxlTrace(const CxlPlaces& places) {
  return std::make_unique<Instance>(places);
}

}  // namespace daxmend
