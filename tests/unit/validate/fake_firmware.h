// SPDX-License-Identifier: GPL-2.0-only
//
// Firmware, kernel and media that are right, in memory, with a clock of their
// own: what the checks must find nothing wrong with. A test makes it wrong in
// one way and sees which check says so.

#ifndef DAXMEND_TESTS_UNIT_VALIDATE_FAKE_FIRMWARE_H_
#define DAXMEND_TESTS_UNIT_VALIDATE_FAKE_FIRMWARE_H_

#include <cerrno>
#include <functional>

#include "core/error.h"
#include "device/device_media.h"
#include "validate/ars_payload.h"
#include "validate/firmware_bus.h"
#include "validate/inject_payload.h"

namespace daxmend {

class FakeFirmware : public FirmwareBus {
 public:
  static constexpr SpaRange kRange{uint64_t{1} << 30,
                                   (uint64_t{1} << 30) + (16 << 20)};
  static constexpr uint64_t kUnit = 256;

  // What a test may change.
  uint64_t functions = 0x39e;
  uint64_t capacity = 32;  // ranges
  std::string nfit = RightNfit();
  // Changes every answer on its way; gets the function and its argument.
  std::function<void(Function, std::string_view, Answer&)> spoil =
      [](Function, std::string_view, Answer&) {};
  bool announces = true;
  bool scrubs = true;           // when the kernel is told to
  bool gone = false;            // the bus does not exist any more
  bool bites = false;           // a load from poison is a machine check
  bool tells_of_loads = true;   // and the kernel hears of that
  std::vector<SpaRange> bad;    // what firmware has, normalized
  std::vector<SpaRange> stuck;  // what bites although firmware does not have it

  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return provider_; }
  uint64_t Functions() override { return functions; }

  Answer Call(Function function, std::string_view input,
              uint32_t room) override {
    if (gone) throw Error("ndbus0 has gone away");
    now_ += std::chrono::microseconds(50);
    if (!(functions >> static_cast<uint32_t>(function) & 1))
      return {.error = ENOTTY, .bytes = "", .size = 0};
    Answer answer{.error = 0, .bytes = Evaluate(function, input), .size = 0};
    answer.size = answer.bytes.size();
    spoil(function, input, answer);
    answer.bytes.resize(std::min<uint64_t>(answer.bytes.size(), room));
    return answer;
  }

  std::string Nfit() override { return nfit; }
  std::vector<SpaRange> Regions() override { return {kRange}; }
  std::vector<SpaRange> BadRanges() override { return listed_; }

  ScrubState Scrub() override {
    Advance();
    return {.count = scrub_count_, .busy = scrub_ends_ > now_};
  }
  void StartScrub() override {
    if (!scrubs) throw ErrnoError("start a scrub of ndbus0", ENOTTY);
    scrub_ends_ = now_ + std::chrono::seconds(1);
  }
  std::chrono::nanoseconds Now() override { return now_; }
  void Sleep(std::chrono::milliseconds time) override {
    now_ += time;
    Advance();
  }

  // The driver cleared `range` by a write.
  void ClearByWrite(SpaRange range) {
    Remove(bad, range);
    Remove(listed_, range);
  }
  // The driver loads from `range`; false: it met poison.
  bool Load(SpaRange range) {
    if (!bites) return true;
    std::vector<SpaRange> met = IntersectAll(range, bad);
    for (SpaRange one : IntersectAll(range, stuck)) met.push_back(one);
    if (met.empty()) return true;
    if (tells_of_loads) {
      const SpaRange line = SpaRange::OfLength(Normalize(met)[0].begin, 64);
      listed_.push_back(AlignOut(line, kSectorBytes));
      listed_ = Normalize(std::move(listed_));
    }
    return false;
  }
  const std::vector<SpaRange>& listed() {
    Advance();
    return listed_;
  }

  static std::string RightNfit() {
    std::string table = "NFIT";
    AppendLittleEndian<uint32_t>(table, 96);
    table += '\1';
    table.resize(40, '\0');
    AppendLittleEndian<uint16_t>(table, 0);
    AppendLittleEndian<uint16_t>(table, 56);
    AppendLittleEndian<uint16_t>(table, 1);
    table.resize(56, '\0');
    table += std::string(
        "\x79\xd3\xf0\x66\xf3\xb4\x74\x40\xac\x43\x0d\x33\x18\xb7\x8c\xdb", 16);
    AppendLittleEndian(table, kRange.begin);
    AppendLittleEndian(table, kRange.length());
    AppendLittleEndian<uint64_t>(table, 0x8008);
    FixChecksum(table);
    return table;
  }
  static void FixChecksum(std::string& table) {
    table[9] = '\0';
    unsigned sum = 0;
    for (char c : table) sum += static_cast<unsigned char>(c);
    table[9] = static_cast<char>(-sum & 0xff);
  }

 private:
  static void Remove(std::vector<SpaRange>& from, SpaRange range) {
    std::vector<SpaRange> kept;
    for (SpaRange one : from)
      for (SpaRange part : Subtract(one, {range})) kept.push_back(part);
    from = kept;
  }

  void Advance() {
    if (scrub_ends_.count() == 0 || scrub_ends_ > now_) return;
    scrub_ends_ = {};
    ++scrub_count_;
    for (SpaRange range : bad) listed_.push_back(AlignOut(range, kSectorBytes));
    listed_ = Normalize(std::move(listed_));
  }

  static std::string Status(uint16_t status, uint16_t extended, size_t bytes) {
    std::string out;
    AppendLittleEndian(out, status);
    AppendLittleEndian(out, extended);
    out.resize(bytes, '\0');
    return out;
  }

  std::string Evaluate(Function function, std::string_view input) {
    PayloadReader reader(input);
    const auto start = reader.Take<uint64_t>();
    const auto length = reader.Take<uint64_t>();
    const bool valid = length != 0 && start + length > start &&
                       kRange.Contains(SpaRange::OfLength(start, length));
    const SpaRange range = AlignOut(SpaRange::OfLength(start, length), kUnit);
    const bool whole = range == SpaRange::OfLength(start, length);
    switch (function) {
      case Function::kArsCapabilities: {
        if (!valid) return Status(2, 0, 16);
        std::string out = Status(0, kArsPersistent, 4);
        AppendLittleEndian<uint32_t>(out,
                                     static_cast<uint32_t>(48 + 24 * capacity));
        AppendLittleEndian<uint32_t>(out, kUnit);
        AppendLittleEndian<uint32_t>(out, 1);
        return out;
      }
      case Function::kStartArs:
        if (!valid || reader.Take<uint16_t>() != kArsPersistent)
          return Status(2, 0, 8);
        scrubbed_ = range;
        return Status(0, 0, 8);
      case Function::kArsStatus:
        return ArsStatusBytes();
      case Function::kClearError: {
        if (!valid || !whole) return Status(2, 0, 16);
        Remove(bad, range);
        Remove(listed_, AlignIn(range, kSectorBytes));
        std::string out = Status(0, 0, 8);
        AppendLittleEndian(out, length);
        return out;
      }
      case Function::kInject: {
        if (!valid) return Status(2, 0, 4);
        std::vector<SpaRange> more = bad;
        more.push_back(range);
        more = Normalize(std::move(more));
        if (more.size() > capacity) return Status(2, 0, 4);
        bad = more;
        if (reader.Take<uint8_t>() & kInjectNotify && announces) StartScrub();
        return Status(0, 0, 4);
      }
      case Function::kInjectClear:
        if (!valid) return Status(2, 0, 4);
        Remove(bad, range);
        return Status(0, 0, 4);
      case Function::kInjectStatus: {
        std::string out = Status(0, 0, 4);
        AppendLittleEndian<uint32_t>(out, static_cast<uint32_t>(bad.size()));
        for (SpaRange one : bad) out += EncodeRange(one.begin, one.length());
        return out;
      }
      default:
        return Status(1, 0, 4);
    }
  }

  std::string ArsStatusBytes() const {
    if (scrubbed_.empty()) return Status(0, kArsNone, 48);
    std::vector<SpaRange> found = IntersectAll(scrubbed_, bad);
    SpaRange done = scrubbed_, rest;
    if (found.size() > capacity) {
      rest = {found[capacity].begin, scrubbed_.end};
      done.end = rest.begin;
      found.resize(capacity);
    }
    std::string out = Status(0, rest.empty() ? kArsDone : kArsStopped, 4);
    AppendLittleEndian<uint32_t>(out,
                                 static_cast<uint32_t>(48 + 24 * found.size()));
    out += EncodeRange(done.begin, done.length());
    out += EncodeRange(rest.begin, rest.length());
    AppendLittleEndian(out, kArsPersistent);
    AppendLittleEndian<uint16_t>(out, rest.empty() ? 0 : kArsOverflow);
    AppendLittleEndian<uint32_t>(out, static_cast<uint32_t>(found.size()));
    for (SpaRange one : found) {
      out.append(8, '\0');
      out += EncodeRange(one.begin, one.length());
    }
    return out;
  }

  std::string name_ = "ndbus0", provider_ = "FAKE";
  SpaRange scrubbed_;
  std::vector<SpaRange> listed_;  // by the kernel
  uint64_t scrub_count_ = 3;
  std::chrono::nanoseconds now_{1}, scrub_ends_{0};
};

// The whole range as a disk, whose driver reads and clears as Linux does.
class FakeMedia : public DeviceMedia {
 public:
  explicit FakeMedia(FakeFirmware& firmware)
      : firmware_(firmware), bytes_(FakeFirmware::kRange.length(), 'o') {}

  std::string Read(SectorRange sectors) override {
    if (!Readable(sectors)) throw ErrnoError("read pmem0", EIO);
    const DeviceRange at = ToBytes(sectors);
    const uint64_t begin = FakeFirmware::kRange.begin;
    if (!firmware_.Load({begin + at.begin, begin + at.end}))
      throw ErrnoError("read pmem0", EIO);
    return bytes_.substr(at.begin, at.length());
  }
  void Write(SectorRange sectors, std::string_view content) override {
    const DeviceRange at = ToBytes(sectors);
    bytes_.replace(at.begin, at.length(), content);
    const uint64_t begin = FakeFirmware::kRange.begin;
    firmware_.ClearByWrite({begin + at.begin, begin + at.end});
  }
  bool Readable(SectorRange sectors) override {
    return IntersectAll(sectors, Poison().units).empty();
  }
  PoisonView Poison() override {
    std::vector<SectorRange> sectors;
    const uint64_t begin = FakeFirmware::kRange.begin;
    for (SpaRange range : firmware_.listed())
      sectors.push_back(
          CoveringSectors({range.begin - begin, range.end - begin}));
    return {.units = Normalize(std::move(sectors)), .cut = false};
  }
  const std::string& bytes() const { return bytes_; }
  // The bytes of `range` are gone: poison has taken them.
  void Lose(SpaRange range) {
    const uint64_t begin = FakeFirmware::kRange.begin;
    bytes_.replace(range.begin - begin, range.length(),
                   std::string(range.length(), '?'));
  }

 private:
  FakeFirmware& firmware_;
  std::string bytes_;
};

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_VALIDATE_FAKE_FIRMWARE_H_
