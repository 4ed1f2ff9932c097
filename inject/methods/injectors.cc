// SPDX-License-Identifier: GPL-2.0-only

#include "inject/methods/injectors.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/printable.h"
#include "core/text.h"
#include "inject/methods/badblocks_injector.h"
#include "inject/methods/combined_injector.h"
#include "inject/methods/hwpoison_injector.h"
#include "inject/methods/mce_injector.h"
#include "inject/methods/own_injector.h"
#include "inject/methods/silent_injector.h"

namespace daxmend {
namespace {

// One row for each way to inject, in the order in which they are shown.
const std::vector<InjectionMethod>& Methods() {
  static const std::vector<InjectionMethod> methods = {
      OwnMethod(),      BadblocksMethod(), MceMethod(),
      HwpoisonMethod(), CombinedMethod(),  SilentMethod()};
  return methods;
}

InjectorDisk Describe(const PoisonDevice& device) {
  return {
      .disk = device.disk(),
      .bus = device.bus(),
      .provider = device.provider(),
      .injects = device.CanInject(),
      .clears = device.CanClear(),
      .listed = device.KeepsBadblocks(),
      .region_list = !device.KeepsBadblocks() && device.ListedBy() == "kernel",
      .own = std::string(device.OwnInjectorName()),
      .why_own = device.WhyOwnInjector()};
}

std::string NamesOf(const std::vector<InjectorChoice>& choices) {
  std::string names;
  for (const InjectorChoice& choice : choices)
    names += (names.empty() ? "" : ", ") + choice.name;
  return names;
}

}  // namespace

std::string ListReason(const InjectorDisk& disk) {
  if (disk.region_list)
    return "the kernel's list of what " + disk.disk +
           " has is its region's, which takes no entries";
  if (!disk.listed)
    return "the kernel keeps no list of bad sectors of " + disk.disk;
  if (disk.clears) return "";
  // What the kernel lists has to go off its list again.
  return disk.bus + " (" + disk.provider +
         ") has no clear-error command (root-device _DSM function 4), so "
         "only a reboot would remove the poison from the kernel's list";
}

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
  std::vector<InjectorChoice> choices;
  for (const InjectionMethod& method : Methods())
    choices.push_back(method.judge(disk, host));
  return choices;
}

std::vector<InjectorChoice> InjectorsOf(const PoisonDevice& device) {
  return JudgeInjectors(Describe(device), ReadInjectorHost());
}

std::string ToText(const std::vector<DeviceInjectors>& devices) {
  std::string text;
  for (const DeviceInjectors& device : devices) {
    text += device.disk + " (" + device.label + ")\n";
    for (const InjectorChoice& choice : device.choices) {
      const std::string available = choice.by_default  ? "default"
                                    : choice.available ? "yes"
                                                       : "no";
      text += "  " + Padded(choice.name, 10) + " " + Padded(available, 8) +
              " " + Printable(choice.reason) + "\n";
    }
  }
  return text;
}

std::string ToJson(const std::vector<DeviceInjectors>& devices) {
  using nlohmann::ordered_json;
  ordered_json all = ordered_json::array();
  for (const DeviceInjectors& device : devices) {
    ordered_json injectors = ordered_json::array();
    for (const InjectorChoice& choice : device.choices)
      injectors.push_back({{"name", choice.name},
                           {"available", choice.available},
                           {"default", choice.by_default},
                           {"reason", choice.reason}});
    all.push_back(
        {{"device", device.disk}, {"injectors", std::move(injectors)}});
  }
  return ordered_json{{"schema", 1}, {"devices", std::move(all)}}.dump(
             1, ' ', false, ordered_json::error_handler_t::replace) +
         "\n";
}

std::unique_ptr<Injector> InjectorToInject(
    const PoisonDevice& device, const InjectorRequest& request, int file,
    const std::vector<PoisonedRange>& located, Unlisting* unlisting) {
  const std::string& via = request.via;
  const std::vector<InjectorChoice> choices = InjectorsOf(device);
  const auto choice = std::find_if(
      choices.begin(), choices.end(), [&](const InjectorChoice& candidate) {
        return via.empty() ? candidate.by_default : candidate.name == via;
      });
  if (choice == choices.end() && via.empty())
    throw Error({.thing = "/dev/" + device.disk(),
                 .cause = "has no injector to use by default, because " +
                          choices.front().reason,
                 .way_out = "see 'daxmend injectors'"});
  if (choice == choices.end())
    throw Error({.thing = "--via " + via,
                 .cause = "is not an injector",
                 .way_out = "choose one of " + NamesOf(choices)});
  if (!choice->available)
    throw Error({.thing = "injector " + via,
                 .cause = "cannot poison /dev/" + device.disk() + " because " +
                          choice->reason,
                 .way_out = "see 'daxmend injectors'"});
  if (!request.saturate && choice != choices.begin() &&
      choice->name != "silent")
    throw Error({.thing = "--no-saturate",
                 .cause = "asks firmware for less than a sector, but " +
                          choice->name + " poisons whole sectors",
                 .way_out = "use --via " + choices.front().name});
  return Methods()[static_cast<size_t>(choice - choices.begin())].make(
      {.device = device,
       .saturate = request.saturate,
       .file = file,
       .located = &located,
       .unlisting = unlisting});
}

std::unique_ptr<Injector> InjectorToUndo(const PoisonDevice& device,
                                         const JournalEntry& entry,
                                         Unlisting* unlisting) {
  // What the machine offers now does not matter: it was injected.
  const InjectorDisk facts = Describe(device);
  for (const InjectionMethod& method : Methods())
    if (method.judge(facts, {}).name == entry.injector)
      return method.make({.device = device, .unlisting = unlisting});
  throw Error({.thing = "journal entry " + entry.id,
               .cause = "was injected by " + entry.injector +
                        ", an injector that this daxmend does not have",
               .way_out = "restore with the daxmend that wrote it"});
}

}  // namespace daxmend
