// SPDX-License-Identifier: GPL-2.0-only
//
// Gives the decoders of firmware's payloads any bytes, and lets every check of
// `daxmend validate` ask firmware that answers with any bytes. A decoder may
// only give a value or say in one line why there is none, never more records
// than there are bytes for; every check must end.

#include <string>
#include <string_view>

#include "core/error.h"
#include "tests/fuzz/decoding.h"
#include "validate/ars_payload.h"
#include "validate/check.h"
#include "validate/inject_payload.h"
#include "validate/nfit_payload.h"

namespace daxmend {
namespace {

void DecodeTable(std::string_view bytes) {
  const Decoded<Nfit> nfit = DecodeNfit(bytes);
  if (!nfit.value) return RequireLine(nfit.error);
  size_t inside = 0;
  for (const NfitStructure& structure : nfit.value->structures) {
    inside += structure.bytes.size();
    NfitStructureLength(structure);
  }
  Require(inside <= bytes.size(), "structures are larger than their table");
  nfit.value->Spas();
  nfit.value->Mappings();
  nfit.value->ControlIndexes();
}

// Takes what is left of the input for answers, then begins again; its time goes
// on a second a look, so that waiting ends.
class AnyBus : public FirmwareBus {
 public:
  explicit AnyBus(std::string_view bytes) : bytes_(bytes), left_(bytes) {}

  const std::string& name() const override { return name_; }
  const std::string& provider() const override { return name_; }
  uint64_t Functions() override { return 0x3be; }
  Answer Call(Function, std::string_view, uint32_t room) override {
    Answer answer;
    const uint8_t kind = Byte();
    if (kind % 16 == 0) {
      answer.error = kind;
      return answer;
    }
    const size_t size = Byte() * (kind % 16 == 1 ? 997 : 1);
    answer.bytes = left_.substr(0, std::min<size_t>(size, room));
    answer.size = size;
    left_.remove_prefix(answer.bytes.size());
    return answer;
  }
  std::string Nfit() override { return std::string(bytes_); }
  std::vector<SpaRange> Regions() override { return {}; }
  std::vector<SpaRange> BadRanges() override { return {}; }
  ScrubState Scrub() override { return {Byte(), Byte() > 250}; }
  void StartScrub() override {}
  std::chrono::nanoseconds Now() override {
    return now_ += std::chrono::seconds(1);
  }
  void Sleep(std::chrono::milliseconds time) override { now_ += time; }

 private:
  uint8_t Byte() {
    if (left_.empty()) left_ = bytes_;
    if (left_.empty()) return 0;
    const char byte = left_.front();
    left_.remove_prefix(1);
    return static_cast<uint8_t>(byte);
  }

  const std::string name_ = "ndbus0";
  const std::string_view bytes_;
  std::string_view left_;
  std::chrono::nanoseconds now_{};
};

// A disk that is good and remembers nothing.
class BlankDisk : public DeviceMedia {
 public:
  std::string Read(SectorRange sectors) override {
    return std::string((sectors.end - sectors.begin) * kSectorBytes, '\0');
  }
  void Write(SectorRange, std::string_view) override {}
  bool Readable(SectorRange) override { return true; }
  PoisonView Poison() override { return {}; }
};

// One check a call: the input's first byte says which.
void RunCheck(std::string_view bytes) {
  const std::vector<Check>& checks = AllChecks();
  const size_t which = static_cast<uint8_t>(bytes.front()) % checks.size();
  AnyBus bus(bytes.substr(1));
  BlankDisk disk;
  const TestRange range = {
      .spa = SpaRange::OfLength(uint64_t{1} << 30, uint64_t{1} << 20),
      .sectors = {0, (uint64_t{1} << 20) / kSectorBytes}};
  DestructiveProbe probe(bus, disk, range);
  probe.Begin();
  try {
    std::visit([&](auto* check) { check(probe); }, checks[which].run);
  } catch (const CheckEnd& end) {
    RequireLine(end.reason);
  } catch (const Error& error) {
    RequireLine(error.what());
  }
}

void TryAll(std::string_view bytes) {
  Decode(bytes, DecodeArsCapabilities);
  Decode(bytes, DecodeArsStart);
  Decode(bytes, DecodeArsStatus);
  Decode(bytes, DecodeClearedError);
  Decode(bytes, DecodeInject);
  Decode(bytes, DecodeInjectStatus);
  Decode(bytes, DecodeTranslateSpa);
  DecodeTable(bytes);
  if (!bytes.empty()) RunCheck(bytes);
}

}  // namespace
}  // namespace daxmend

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  daxmend::TryAll({reinterpret_cast<const char*>(data), size});
  return 0;
}
