// SPDX-License-Identifier: GPL-2.0-only

#include <sys/signalfd.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>

#include "cli/command.h"
#include "core/error.h"
#include "device/devices.h"
#include "inject/poison_text.h"
#include "inject/poison_watch.h"
#include "results/standard_output.h"
#include "system/block_device.h"

namespace daxmend {
namespace {

struct WatchOptions {
  std::string device;
  std::optional<double> seconds;
  std::optional<uint64_t> count;
  bool owners = false;
  bool json = false;
};

// "2026-01-31T23:59:59.123Z"
std::string Now() {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  tm utc;
  gmtime_r(&now.tv_sec, &utc);
  char date[32], text[48];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text, sizeof text, "%s.%03ldZ", date, now.tv_nsec / 1000000);
  return text;
}

// Becomes readable when the process is asked to end.
FileDescriptor OpenSignals() {
  sigset_t end;
  sigemptyset(&end);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&end, signal);
  sigprocmask(SIG_BLOCK, &end, nullptr);
  FileDescriptor fd(signalfd(-1, &end, SFD_CLOEXEC));
  if (!fd) throw ErrnoError("signalfd", errno);
  return fd;
}

std::vector<std::string> Disks(const std::string& device) {
  if (!device.empty()) {
    if (const auto node = DeviceOfNode(device)) return {node->disk()};
    return {FindBlockDevice(device).disk};
  }
  std::vector<std::string> disks = DeviceDisks();
  std::string others;
  for (const DeviceRegion& region : DeviceRegions())
    for (const RegionPart& ndns : region.namespaces)
      if (ndns.disk.empty())
        others +=
            (others.empty() ? "" : ", ") + ndns.name + " (" + ndns.use + ")";
  if (disks.empty())
    throw Error({.thing = "this machine",
                 .cause = "has no NVDIMM namespace with a disk to watch" +
                          (others.empty() ? "" : " (it has " + others + ")"),
                 .way_out = "name a device such as /dev/pmem0"});
  if (!others.empty())
    std::fprintf(stderr, "daxmend watch: not watched (no disk): %s\n",
                 others.c_str());
  return disks;
}

int RunWatch(const WatchOptions& options) {
  const FileDescriptor stop = OpenSignals();
  std::optional<PoisonWatch::Clock::time_point> until;
  if (options.seconds)
    until = PoisonWatch::Clock::now() +
            std::chrono::milliseconds(
                static_cast<int64_t>(*options.seconds * 1000));
  PoisonWatch watch(Disks(options.device));
  uint64_t changes = 0;
  bool told = false;
  while (watch.Wait(stop.get(), until)) {
    for (PoisonEvent& event : watch.TakeEvents()) {
      if (options.owners) AskOwners(event);
      PrintOut(options.json ? ToJson(event, Now()) : ToText(event, Now()));
      changes += event.kind == PoisonEvent::Kind::kAppeared ||
                 event.kind == PoisonEvent::Kind::kDisappeared;
      if (options.count && changes == *options.count) return kOk;
    }
    if (watch.cut() && !std::exchange(told, true))
      std::fputs(
          "daxmend watch: the kernel shows one page of its list and has more, "
          "which cannot be watched\n",
          stderr);
  }
  if (watch.over()) {
    std::fputs("daxmend watch: no device is left to watch\n", stderr);
    return kError;
  }
  return kOk;
}

}  // namespace

Command AddWatch(CLI::App& root) {
  auto options = std::make_shared<WatchOptions>();
  CLI::App* app =
      root.add_subcommand("watch", "Print poison as it appears and disappears");
  app->add_option("DEVICE", options->device,
                  "A block device such as /dev/pmem0, the whole disk of it, "
                  "or device-dax (/dev/dax0.0); "
                  "every namespace of NVDIMMs and CXL regions by default");
  app->add_option("--for", options->seconds, "End after this many seconds")
      ->check(CLI::Range(0.0, 1e9));
  app->add_option("--count", options->count, "End after so many changes")
      ->check(CLI::PositiveNumber);
  app->add_flag("--owners", options->owners,
                "Add the file and the offset in it, which takes a look at "
                "every file where the file\nsystem cannot tell");
  app->add_flag("--json", options->json, "Print a JSON object a line");
  app->footer(
      "Begins with the poison there already ('present'). The kernel notifies "
      "of every change; where\nit does not (no ACPI bus), its list is read "
      "once a second. Of CXL memory, what is injected and\ncleared through the "
      "kernel, and the events that its devices report ('reported'). Exit "
      "status: 0 at\nCtrl-C and at the end of --for or --count, 2 when the "
      "device is gone or there is none.");
  return {app, [options] { return RunWatch(*options); }};
}

}  // namespace daxmend
