// SPDX-License-Identifier: GPL-2.0-only

#include "validate/memdev/kernel_memdev.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/cxl_mem.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/error.h"
#include "core/text.h"
#include "device/cxl/memdev_poison.h"
#include "device/cxl/region_facts.h"
#include "system/file_io.h"
#include "validate/payload_reader.h"

namespace daxmend {
namespace {

namespace fs = std::filesystem;

constexpr char kMemdevs[] = "/sys/bus/cxl/devices/";
// The kernel stops after so many records (CXL_POISON_LIST_MAX).
constexpr size_t kKernelsMost = 1024;

// Of cxl_command_info::flags, which the kernel fills since Linux 6.3; one that
// does not is believed to keep everything to itself.
constexpr uint32_t kEnabled = 1 << 0, kExclusive = 1 << 1;

struct PassedCommand {
  MemdevCommand command;
  uint32_t id;
};
// By the numbers of include/uapi/linux/cxl_mem.h; newer ones than an old header
// has a kernel says no to.
constexpr PassedCommand kPassed[] = {
    {MemdevCommand::kIdentify, CXL_MEM_COMMAND_ID_IDENTIFY},
    {MemdevCommand::kGetSupportedLogs, CXL_MEM_COMMAND_ID_GET_SUPPORTED_LOGS},
    {MemdevCommand::kGetFirmware, CXL_MEM_COMMAND_ID_GET_FW_INFO},
    {MemdevCommand::kGetPartition, CXL_MEM_COMMAND_ID_GET_PARTITION_INFO},
    {MemdevCommand::kGetLabels, CXL_MEM_COMMAND_ID_GET_LSA},
    {MemdevCommand::kSetLabels, CXL_MEM_COMMAND_ID_SET_LSA},
    {MemdevCommand::kGetHealth, CXL_MEM_COMMAND_ID_GET_HEALTH_INFO},
    {MemdevCommand::kGetLog, CXL_MEM_COMMAND_ID_GET_LOG},
    {MemdevCommand::kGetAlerts, CXL_MEM_COMMAND_ID_GET_ALERT_CONFIG},
    {MemdevCommand::kSetAlerts, CXL_MEM_COMMAND_ID_SET_ALERT_CONFIG},
    {MemdevCommand::kGetShutdown, CXL_MEM_COMMAND_ID_GET_SHUTDOWN_STATE},
    {MemdevCommand::kSetShutdown, CXL_MEM_COMMAND_ID_SET_SHUTDOWN_STATE},
};

// What ReadCxlMemdev() does not tell; 0 where the kernel has no such file.
uint64_t Number(const std::string& memdev, const std::string& name) {
  const std::string file = kMemdevs + memdev + "/" + name;
  std::error_code none;
  return fs::exists(file, none)
             ? std::strtoull(ReadFile(file).c_str(), nullptr, 0)
             : 0;
}

uint8_t SourceOf(const std::string& words) {
  if (words == "External") return 1;
  if (words == "Internal") return 2;
  if (words == "Injected") return kSourceInjected;
  return words == "Vendor" ? 7 : 0;
}

}  // namespace

MemdevFacts FindMemdev(const std::string& wanted) {
  std::vector<MemdevFacts> found;
  std::string there;
  char* end = nullptr;
  const uint64_t number = std::strtoull(wanted.c_str(), &end, 0);
  const bool is_number = !wanted.empty() && *end == '\0';
  for (const std::string& memdev : CxlMemdevs()) {
    const CxlMemdevFacts known = ReadCxlMemdev(memdev);
    there += fmt::format("{}{} (serial {})", there.empty() ? "" : ", ", memdev,
                         Hexadecimal(known.serial));
    if (memdev != wanted && !(is_number && number == known.serial)) continue;
    MemdevFacts facts = {.name = memdev,
                         .firmware = known.firmware,
                         .serial = known.serial,
                         .volatile_bytes = known.volatile_bytes,
                         .persistent_bytes = known.persistent_bytes,
                         .payload_bytes = Number(memdev, "payload_max"),
                         .label_bytes = Number(memdev, "label_storage_size")};
    facts.most_records = MostCxlRecords(facts.firmware);
    // That limit is QEMU's.
    facts.ends_at_wrapped_labels = facts.most_records != UINT64_MAX;
    found.push_back(std::move(facts));
  }
  if (found.size() == 1) return found.front();
  if (found.size() > 1)
    throw Error({.thing = wanted,
                 .cause = fmt::format("is the serial number of {} CXL memory "
                                      "devices",
                                      found.size()),
                 .way_out = "name one of " + there});
  if (there.empty())
    throw Error({.thing = wanted,
                 .cause = "is not a CXL memory device (this machine has none "
                          "with a driver)",
                 .way_out = "emulate one with 'daxmend vm --nvdimm cxl'"});
  throw Error({.thing = wanted,
               .cause = "is not a CXL memory device of this machine",
               .way_out = "name one of " + there});
}

KernelMemdev::KernelMemdev(MemdevFacts facts)
    : facts_(std::move(facts)),
      fd_(FileDescriptor::Open("/dev/cxl/" + facts_.name, O_RDWR)) {
  // How many there are, then all of them: the first number says that.
  std::string buffer(sizeof(cxl_mem_query_commands), '\0');
  uint32_t count = 0;
  for (int round = 0; round < 2; ++round) {
    std::memcpy(buffer.data(), &count, sizeof count);
    if (ioctl(fd_.get(), CXL_MEM_QUERY_COMMANDS, buffer.data()) != 0)
      throw ErrnoError(
          "ask which commands of " + facts_.name + " the kernel passes on",
          errno);
    if (round != 0) break;
    std::memcpy(&count, buffer.data(), sizeof count);
    buffer.append(count * sizeof(cxl_command_info), '\0');
  }
  for (uint32_t i = 0; i < count; ++i) {
    cxl_command_info info{};
    std::memcpy(
        &info, buffer.data() + sizeof(cxl_mem_query_commands) + i * sizeof info,
        sizeof info);
    passed_.insert(info.id);
    if ((info.flags & (kEnabled | kExclusive)) == kEnabled)
      free_.insert(info.id);
  }
}

bool KernelMemdev::CanTell(MemdevCommand command) const {
  if (command == MemdevCommand::kInjectPoison ||
      command == MemdevCommand::kClearPoison)
    return true;
  return std::any_of(std::begin(kPassed), std::end(kPassed),
                     [&](const PassedCommand& one) {
                       return one.command == command && free_.contains(one.id);
                     });
}

void KernelMemdev::RequireThere() const {
  if (!fs::exists(kMemdevs + facts_.name))
    throw Error({.thing = facts_.name, .cause = "has gone away"});
}

MailboxAnswer KernelMemdev::Poison(MemdevCommand command, std::string_view in) {
  MailboxAnswer answer;
  const auto dpa = PayloadReader(in).Take<uint64_t>();
  const int error = command == MemdevCommand::kInjectPoison
                        ? InjectCxlLine(facts_.name, dpa)
                        : ClearCxlLine(facts_.name, dpa);
  if (error == -ENOENT) {
    RequireThere();
    answer.error = ENOTTY;
  } else if (error == -EPERM || error == -EACCES) {
    throw ErrnoError(InWords(command) + " of " + facts_.name, -error,
                     WhyNoCxlInjection(facts_.name));
  } else {
    answer.error = -error;
    // The kernel tells no other.
    if (error == 0) answer.code = MemdevCode::kSuccess;
  }
  return answer;
}

MailboxAnswer KernelMemdev::Send(MemdevCommand command, std::string_view in) {
  if (command == MemdevCommand::kInjectPoison ||
      command == MemdevCommand::kClearPoison)
    return Poison(command, in);
  MailboxAnswer answer;
  const auto* known = std::find_if(
      std::begin(kPassed), std::end(kPassed),
      [&](const PassedCommand& one) { return one.command == command; });
  if (known == std::end(kPassed) || !passed_.contains(known->id)) {
    answer.error = ENOTTY;
    return answer;
  }
  // What could not be undone is not done, either.
  if (!IsReadOnly(command) && !CanTell(command)) {
    answer.error = EBUSY;
    return answer;
  }
  std::string input(in);
  std::string output(std::max<uint64_t>(facts_.payload_bytes, 256), '\0');
  cxl_send_command send{};
  send.id = known->id;
  send.in.size = static_cast<decltype(send.in.size)>(input.size());
  send.in.payload = reinterpret_cast<uintptr_t>(input.data());
  send.out.size = static_cast<decltype(send.out.size)>(output.size());
  send.out.payload = reinterpret_cast<uintptr_t>(output.data());
  if (ioctl(fd_.get(), CXL_MEM_SEND_COMMAND, &send) != 0) {
    answer.error = errno;
    RequireThere();
    return answer;
  }
  answer.code = static_cast<MemdevCode>(send.retval);
  // Signed in some headers.
  const auto bytes = static_cast<uint32_t>(send.out.size);
  output.resize(std::min<size_t>(bytes, output.size()));
  answer.claimed = bytes;
  if (answer.code == MemdevCode::kSuccess) answer.bytes = std::move(output);
  return answer;
}

std::chrono::nanoseconds KernelMemdev::Now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void KernelMemdev::Sleep(std::chrono::milliseconds time) {
  std::this_thread::sleep_for(time);
}

CxlTrace& KernelMemdev::Trace() {
  if (!trace_) trace_ = OpenCxlTrace();
  return *trace_;
}

std::vector<CxlTraceLine> KernelMemdev::TakeLines() {
  std::vector<CxlTraceLine> lines = Trace().Take();
  for (const CxlTraceLine& line : lines)
    if (line.kind == CxlTraceLine::Kind::kEvent && line.memdev == facts_.name)
      reported_.push_back(line.dpa.begin);
  return lines;
}

KernelList KernelMemdev::List() {
  TakeLines();
  Trace().TriggerList(facts_.name);
  KernelList list;
  for (const CxlTraceLine& line : TakeLines()) {
    if (line.kind == CxlTraceLine::Kind::kLost) list.lost = true;
    if (line.kind != CxlTraceLine::Kind::kListed || line.memdev != facts_.name)
      continue;
    list.records.push_back(
        {.dpa = line.dpa.begin,
         .lines = static_cast<uint32_t>(line.dpa.length() / kMediaLineBytes),
         .source = SourceOf(line.source)});
  }
  list.full = list.records.size() >= kKernelsMost;
  return list;
}

std::vector<uint64_t> KernelMemdev::Reported() {
  TakeLines();
  return std::exchange(reported_, {});
}

bool KernelMemdev::Interrupts() {
  std::error_code none;
  const fs::path device = fs::canonical(kMemdevs + facts_.name, none);
  return !none && !fs::is_empty(device.parent_path() / "msi_irqs", none) &&
         !none;
}

uint64_t KernelMemdev::Taint() {
  return std::strtoull(ReadFile("/proc/sys/kernel/tainted").c_str(), nullptr,
                       10);
}

}  // namespace daxmend
