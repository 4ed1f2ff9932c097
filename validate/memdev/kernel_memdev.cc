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

std::string Attribute(const std::string& memdev, const std::string& name) {
  std::string text;
  try {
    text = ReadFile(kMemdevs + memdev + "/" + name);
  } catch (const Error&) {
    return "";
  }
  text.resize(std::min(text.size(), text.find('\n')));
  return text;
}

uint64_t Number(const std::string& memdev, const std::string& name) {
  return std::strtoull(Attribute(memdev, name).c_str(), nullptr, 0);
}

uint8_t SourceOf(const std::string& words) {
  if (words == "External") return 1;
  if (words == "Internal") return 2;
  if (words == "Injected") return kSourceInjected;
  return words == "Vendor" ? 7 : 0;
}

}  // namespace

MemdevFacts FindMemdev(const std::string& wanted) {
  const std::vector<std::string> all = CxlMemdevs();
  std::string there;
  for (const std::string& memdev : all) {
    const uint64_t serial = Number(memdev, "serial");
    there += fmt::format("{}{} (serial {})", there.empty() ? "" : ", ", memdev,
                         Hexadecimal(serial));
    char* end = nullptr;
    const uint64_t number = std::strtoull(wanted.c_str(), &end, 0);
    const bool is_number = !wanted.empty() && *end == '\0';
    if (memdev != wanted && !(is_number && number == serial)) continue;
    MemdevFacts facts = {.name = memdev,
                         .firmware = Attribute(memdev, "firmware_version"),
                         .serial = serial,
                         .volatile_bytes = Number(memdev, "ram/size"),
                         .persistent_bytes = Number(memdev, "pmem/size"),
                         .payload_bytes = Number(memdev, "payload_max"),
                         .label_bytes = Number(memdev, "label_storage_size")};
    facts.most_records = MostCxlRecords(facts.firmware);
    // That limit is QEMU's.
    facts.ends_at_wrapped_labels = facts.most_records != UINT64_MAX;
    return facts;
  }
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
  }
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

std::vector<MediaRecord> KernelMemdev::List(bool* cut) {
  TakeLines();
  Trace().TriggerList(facts_.name);
  std::vector<MediaRecord> records;
  for (const CxlTraceLine& line : TakeLines()) {
    if (line.kind == CxlTraceLine::Kind::kLost) *cut = true;
    if (line.kind != CxlTraceLine::Kind::kListed || line.memdev != facts_.name)
      continue;
    records.push_back(
        {.dpa = line.dpa.begin,
         .lines = static_cast<uint32_t>(line.dpa.length() / kMediaLineBytes),
         .source = SourceOf(line.source)});
  }
  if (records.size() >= kKernelsMost) *cut = true;
  return records;
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
