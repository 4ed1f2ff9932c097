// SPDX-License-Identifier: GPL-2.0-only

#include "system/layers/dm_table.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sstream>

#include "core/error.h"
#include "system/encoded_device.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

constexpr const char* kControl = "/dev/mapper/control";
constexpr size_t kMostBytes = size_t{1} << 20;

std::string Number(dev_t number) {
  return fmt::format("{}:{}", major(number), minor(number));
}

// What the kernel answers, in a buffer that is large enough for it.
std::vector<char> AskForTable(dev_t number) {
  const FileDescriptor control = FileDescriptor::Open(kControl, O_RDWR);
  for (size_t bytes = 16384; bytes <= kMostBytes; bytes *= 2) {
    std::vector<char> answer(bytes);
    auto* head = reinterpret_cast<dm_ioctl*>(answer.data());
    head->version[0] = DM_VERSION_MAJOR;
    head->data_size = static_cast<uint32_t>(bytes);
    head->data_start = sizeof *head;
    head->flags = DM_STATUS_TABLE_FLAG;
    head->dev = EncodedDevice(number);
    if (ioctl(control.get(), DM_TABLE_STATUS, head) != 0)
      throw ErrnoError(
          "read the table of device-mapper device " + Number(number), errno);
    if (!(head->flags & DM_BUFFER_FULL_FLAG)) return answer;
  }
  throw Error({.thing = "the table of device-mapper device " + Number(number),
               .cause = "is longer than a MiB"});
}

// "259:0 2048", which leaves the rest of `words`.
bool ReadLeg(std::istringstream& words, MapperLegs::Leg* leg) {
  unsigned first = 0, second = 0;
  char colon = 0;
  uint64_t sectors = 0;
  if (!(words >> first >> colon >> second >> sectors) || colon != ':')
    return false;
  *leg = {makedev(first, second), sectors * kSectorBytes};
  return true;
}

}  // namespace

bool IsMapper(dev_t number) {
  return access(("/sys/dev/block/" + Number(number) + "/dm").c_str(), F_OK) ==
         0;
}

std::vector<MapperTarget> ReadMapperTable(dev_t number) {
  const std::vector<char> answer = AskForTable(number);
  dm_ioctl head;
  std::memcpy(&head, answer.data(), sizeof head);
  std::vector<MapperTarget> targets;
  size_t at = head.data_start;
  for (uint32_t i = 0; i < head.target_count; ++i) {
    dm_target_spec target;
    if (at + sizeof target >= answer.size()) break;
    std::memcpy(&target, answer.data() + at, sizeof target);
    const char* text = answer.data() + at + sizeof target;
    targets.push_back(
        {.sectors = SectorRange::OfLength(target.sector_start, target.length),
         .kind = std::string(
             target.target_type,
             strnlen(target.target_type, sizeof target.target_type)),
         .parameters = std::string(
             text, strnlen(text, answer.size() - at - sizeof target))});
    // Counted from the first one.
    at = head.data_start + target.next;
  }
  return targets;
}

MapperLegs LegsOf(const MapperTarget& target, const std::string& device) {
  std::istringstream words(target.parameters);
  const uint64_t bytes = target.sectors.length() * kSectorBytes;
  MapperLegs found{.chunk = bytes, .legs = {}};
  uint64_t count = 1, chunk = 0;
  const bool striped = target.kind == "striped";
  if (!striped && target.kind != "linear")
    throw Error({.thing = "/dev/" + device,
                 .cause = "has a device-mapper target (" + target.kind +
                          ") whose places on its disks cannot be told",
                 .way_out = "use linear or striped ones"});
  bool good = true;
  if (striped) {
    good = static_cast<bool>(words >> count >> chunk) && count > 0 && chunk > 0;
    found.chunk = chunk * kSectorBytes;
  }
  for (uint64_t i = 0; good && i < count; ++i)
    good = ReadLeg(words, &found.legs.emplace_back());
  if (good && bytes % (found.chunk * count) == 0) return found;
  throw Error({.thing = "/dev/" + device,
               .cause = fmt::format("has a device-mapper target that is "
                                    "malformed (\"{} {}\")",
                                    target.kind, target.parameters)});
}

}  // namespace daxmend
