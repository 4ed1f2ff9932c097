// SPDX-License-Identifier: GPL-2.0-only
//
// Gives the decoders of a CXL memory device's payloads and events any bytes,
// and lets every check of `daxmend validate --memdev` ask a device whose
// registers hold any bytes. A decoder may only give a value or say in one line
// why there is none, never more records than there are bytes for; every check
// must end.

#include <algorithm>
#include <string>
#include <string_view>

#include "core/error.h"
#include "tests/fuzz/decoding.h"
#include "validate/memdev/direct_memdev.h"
#include "validate/memdev/memdev_check.h"
#include "validate/memdev/memdev_note.h"
#include "validate/memdev/memdev_undo.h"

namespace daxmend {
namespace {

// A function whose Register Locator is right and whose registers are the input,
// over and over. A look takes a tenth of a second, so that waiting ends.
class AnyRegisters : public RegisterAccess {
 public:
  explicit AnyRegisters(std::string_view bytes) : bytes_(bytes) {}

  uint32_t Config(uint32_t offset) override {
    switch (offset) {
      case 0x100:
        return 0x23 | 1u << 16;
      case 0x104:
        return 0x1e98 | 0x14u << 20;
      case 0x108:
        return 8;
      case 0x10c:
        return 2 | 3u << 8;
      default:
        return 0;
    }
  }
  uint64_t BarBytes(unsigned) override { return kBar; }
  uint64_t Read(unsigned, uint64_t offset, unsigned bytes) override {
    Require(offset <= kBar && bytes <= kBar - offset, "a read leaves the BAR");
    now_ += std::chrono::milliseconds(100);
    // A mailbox at 0x100, or no check would ever be asked.
    if (offset == 0) return uint64_t{1} << 32 | 1u << 16;
    if (offset == 0x10) return 2 | 1u << 16;
    if (offset == 0x14) return 0x100;
    if (offset == 0x104 && Byte() % 16) return 0;
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) value = value << 8 | Byte();
    // Success, mostly, of not too many bytes.
    if (offset == 0x110 && Byte() % 4) value &= 0xffff'0000'0000'ffff;
    if (offset == 0x108 && Byte() % 16) value &= ~uint64_t{0x1f'fe00 << 8};
    return value;
  }
  void Write(unsigned, uint64_t offset, unsigned bytes, uint64_t) override {
    Require(offset <= kBar && bytes <= kBar - offset, "a write leaves the BAR");
  }
  bool Reset() override { return Byte() % 2; }
  std::chrono::nanoseconds Now() override { return now_; }
  void Sleep(std::chrono::milliseconds time) override { now_ += time; }

 private:
  static constexpr uint64_t kBar = 8192;

  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_[at_]);
    at_ = (at_ + 1) % bytes_.size();
    return byte;
  }

  const std::string_view bytes_;
  size_t at_ = 0;
  std::chrono::nanoseconds now_{};
};

// One check a call: the input's first byte says which.
void RunCheck(std::string_view bytes) {
  const std::vector<MemdevCheck>& checks = AllMemdevChecks();
  const size_t which = static_cast<uint8_t>(bytes.front()) % checks.size();
  AnyRegisters registers(bytes.substr(1));
  const MemdevFacts facts = {.name = "mem0",
                             .firmware = "any",
                             .persistent_bytes = uint64_t{256} << 20,
                             .payload_bytes = 4096};
  try {
    DirectMemdev memdev(facts, registers);
    MemdevWriter probe(memdev, {facts.bytes() - (1 << 20), facts.bytes()});
    std::visit([&](auto* check) { check(probe); }, checks[which].run);
  } catch (const CheckEnd& end) {
    RequireLine(end.reason);
  } catch (const Error& error) {
    RequireLine(error.what());
  }
}

void TryAll(std::string_view bytes) {
  Decode(bytes, DecodeSupportedLogs);
  Decode(bytes, DecodeCommandEffects);
  Decode(bytes, DecodeIdentity);
  Decode(bytes, DecodePartitions);
  Decode(bytes, DecodeHealth);
  Decode(bytes, DecodeAlerts);
  Decode(bytes, DecodeFirmwareInfo);
  Decode(bytes, DecodeFeatures);
  Decode(bytes, DecodePoisonList);
  Decode(bytes, DecodeScanResults);
  Decode(bytes, DecodeEvents);
  if (const Decoded<MemdevNote> note = DecodeNote(bytes); !note.value)
    RequireLine(note.error);
  if (!bytes.empty()) RunCheck(bytes);
}

}  // namespace
}  // namespace daxmend

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  daxmend::TryAll({reinterpret_cast<const char*>(data), size});
  return 0;
}
