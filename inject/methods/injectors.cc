// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/injectors.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "core/error.h"
#include "device/disk_sectors.h"
#include "inject/methods/badblocks_injector.h"
#include "inject/methods/combined_injector.h"
#include "inject/methods/hwpoison_injector.h"
#include "inject/methods/mce_injector.h"
#include "system/block_device.h"

namespace daxmend {
namespace {

std::string ListOf(const std::string& disk) {
  return FindBlockDevice("/dev/" + disk).badblocks_path();
}

bool HearsMachineChecks(const std::string& vendor) {
  // mce_is_memory_error, arch/x86/kernel/cpu/mce/core.c.
  return vendor == "GenuineIntel" || vendor == "CentaurHauls" ||
         vendor == "  Shanghai  ";
}

InjectorChoice JudgeNdctl(const InjectorDisk& disk) {
  const std::string bus = disk.bus + " (" + disk.provider + ")";
  return {"ndctl", disk.injects, disk.injects,
          disk.injects ? bus + " has ARS error injection"
                       : bus +
                             " has no ARS error injection (root-device _DSM "
                             "functions 7, 8 and 9)"};
}

// What the kernel lists has to go off its list again.
std::string CannotClear(const InjectorDisk& disk) {
  return disk.bus + " (" + disk.provider +
         ") has no clear-error command (root-device _DSM function 4), so "
         "nothing but a reboot would take it off the kernel's list";
}

InjectorChoice JudgeBadblocks(const InjectorDisk& disk) {
  if (!disk.clears) return {"badblocks", false, false, CannotClear(disk)};
  return {"badblocks", true, !disk.injects,
          "the kernel's list of " + disk.disk +
              " takes entries; the media stays good, a reboot forgets them"};
}

InjectorChoice JudgeMce(const InjectorDisk& disk, const InjectorHost& host) {
  InjectorChoice choice{"mce", false, false, ""};
  if (disk.provider != "ACPI.NFIT")
    choice.reason = "only memory of an NFIT hears of machine checks, and " +
                    disk.bus + " is " + disk.provider;
  else if (!HearsMachineChecks(host.cpu_vendor))
    choice.reason = "the NVDIMM driver hears of machine checks on Intel " +
                    std::string("processors only, this is ") + host.cpu_vendor +
                    " ('daxmend vm --cpu max,vendor=GenuineIntel')";
  else if (!disk.clears)
    choice.reason = CannotClear(disk);
  else if (!host.mce_inject)
    choice.reason = std::string("there is no ") + kMceInjectDirectory +
                    ": 'modprobe mce-inject', with debugfs mounted";
  else
    choice = {"mce", true, false, "mce-inject is loaded"};
  return choice;
}

InjectorChoice JudgeHwpoison(const InjectorDisk& disk,
                             const InjectorHost& host) {
  if (!host.memory_failure)
    return {"hwpoison", false, false,
            "the kernel was built without CONFIG_MEMORY_FAILURE"};
  // Its mark goes away with poison that is cleared.
  if (!disk.clears) return {"hwpoison", false, false, CannotClear(disk)};
  return {"hwpoison", true, false,
          "the kernel has MADV_HWPOISON; it takes mappings away and lists "
          "nothing"};
}

InjectorChoice JudgeCombined(const InjectorDisk& disk,
                             const InjectorHost& host) {
  const InjectorChoice mappings = JudgeHwpoison(disk, host);
  return {"combined", mappings.available, false,
          mappings.available
              ? std::string(disk.injects ? "ndctl" : "badblocks") +
                    " for system calls, hwpoison for mappings"
              : mappings.reason};
}

std::string NamesOf(const std::vector<InjectorChoice>& choices) {
  std::string names;
  for (const InjectorChoice& choice : choices)
    names += (names.empty() ? "" : ", ") + choice.name;
  return names;
}

// The injector of firmware or kernel list that combined stands on.
std::unique_ptr<Injector> ListingInjector(const NvdimmNamespace& ndns) {
  if (ndns.CanInject()) return NvdimmNamespace::OfDisk(ndns.disk());
  return std::make_unique<BadblocksInjector>(ListOf(ndns.disk()));
}

// All but those that need to know the file. Null for those.
std::unique_ptr<Injector> SimpleInjector(const NvdimmNamespace& ndns,
                                         const std::string& name) {
  if (name == "ndctl") return NvdimmNamespace::OfDisk(ndns.disk());
  if (name == "badblocks")
    return std::make_unique<BadblocksInjector>(ListOf(ndns.disk()));
  if (name == "mce")
    return std::make_unique<MceInjector>(
        ndns.media(), ListOf(ndns.disk()),
        std::make_unique<BlockDiskSectors>(ndns.disk()));
  return nullptr;
}

}  // namespace

InjectorHost ReadInjectorHost() {
  InjectorHost host;
  host.memory_failure =
      access("/proc/sys/vm/memory_failure_recovery", F_OK) == 0;
  host.mce_inject = access(kMceInjectDirectory, F_OK) == 0;
  std::ifstream cpuinfo("/proc/cpuinfo");
  const std::string key = "vendor_id\t: ";
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.starts_with(key)) {
      host.cpu_vendor = line.substr(key.size());
      break;
    }
  return host;
}

std::vector<InjectorChoice> JudgeInjectors(const InjectorDisk& disk,
                                           const InjectorHost& host) {
  return {JudgeNdctl(disk), JudgeBadblocks(disk), JudgeMce(disk, host),
          JudgeHwpoison(disk, host), JudgeCombined(disk, host)};
}

std::vector<InjectorChoice> InjectorsOf(const NvdimmNamespace& ndns) {
  return JudgeInjectors({.disk = ndns.disk(),
                         .bus = ndns.bus(),
                         .provider = ndns.provider(),
                         .injects = ndns.CanInject(),
                         .clears = ndns.CanClear()},
                        ReadInjectorHost());
}

std::unique_ptr<Injector> InjectorToInject(
    const NvdimmNamespace& ndns, const InjectorRequest& request, int file,
    const std::vector<PoisonedRange>& located, Unlisting* unlisting) {
  const std::string& via = request.via;
  const std::vector<InjectorChoice> choices = InjectorsOf(ndns);
  const auto choice = std::find_if(
      choices.begin(), choices.end(), [&](const InjectorChoice& candidate) {
        return via.empty() ? candidate.by_default : candidate.name == via;
      });
  if (choice == choices.end() && via.empty())
    throw Error("nothing here can poison /dev/" + ndns.disk() + ": " +
                choices.front().reason + " (see 'daxmend injectors')");
  if (choice == choices.end())
    throw Error("there is no injector " + via + ": choose one of " +
                NamesOf(choices));
  if (!choice->available)
    throw Error(via + " cannot poison /dev/" + ndns.disk() + ": " +
                choice->reason + " (see 'daxmend injectors')");
  if (!request.saturate) {
    if (choice->name != "ndctl")
      throw Error("--no-saturate asks firmware for less than a sector, and " +
                  choice->name + " poisons whole ones: use --via ndctl");
    auto partly = NvdimmNamespace::OfDisk(ndns.disk());
    partly->set_saturate(false);
    return partly;
  }
  if (auto simple = SimpleInjector(ndns, choice->name)) return simple;
  if (file < 0)
    throw Error(choice->name + " poisons mappings of a file, and /dev/" +
                ndns.disk() + " is a device: name a file on it");
  auto mappings =
      std::make_unique<HwpoisonInjector>(ndns.disk(), unlisting, file, located);
  if (choice->name == "hwpoison") return mappings;
  return std::make_unique<CombinedInjector>(ListingInjector(ndns),
                                            std::move(mappings));
}

std::unique_ptr<Injector> InjectorToUndo(const NvdimmNamespace& ndns,
                                         const JournalEntry& entry,
                                         Unlisting* unlisting) {
  if (auto simple = SimpleInjector(ndns, entry.injector)) return simple;
  auto mappings = std::make_unique<HwpoisonInjector>(ndns.disk(), unlisting);
  if (entry.injector == "hwpoison") return mappings;
  if (entry.injector == "combined")
    return std::make_unique<CombinedInjector>(ListingInjector(ndns),
                                              std::move(mappings));
  throw Error("journal entry " + entry.id + " was injected by the injector " +
              entry.injector +
              ", which this daxmend does not know: restore with the daxmend "
              "that wrote it");
}

}  // namespace daxmend
