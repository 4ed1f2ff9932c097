// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/component_registers.h"

#include <bit>

namespace daxmend {
namespace {

constexpr size_t kDecoders = 4;

// The .cache and .mem registers begin at 4 KiB.
constexpr size_t kCacheMem = 0x1000;
constexpr size_t kRas = kCacheMem + 0x100;
constexpr size_t kHdm = kCacheMem + 0x200;
constexpr size_t kHdmControl = kHdm + 0x4;
constexpr size_t kFirstDecoder = kHdm + 0x10;
constexpr size_t kDecoderBytes = 0x20;
// In a decoder.
constexpr size_t kBaseLow = 0x0, kBaseHigh = 0x4;
constexpr size_t kSizeLow = 0x8, kSizeHigh = 0xc;
constexpr size_t kControl = 0x10;
constexpr size_t kSkipLow = 0x14, kSkipHigh = 0x18;
constexpr uint32_t kCommit = 1u << 9;
constexpr uint32_t kCommitted = 1u << 10;
constexpr uint32_t kCommitError = 1u << 11;

// The interleave ways that a decoder's field means; 0 for reserved ones.
uint32_t WaysOf(uint32_t field) {
  if (field <= 4) return 1u << field;
  if (field >= 8 && field <= 10) return 3u << (field - 8);
  return 0;
}

}  // namespace

void ComponentRegisters::Reset() {
  block_ = RegisterBlock(block_.size());
  RegisterBlock& c = block_;
  const auto entry = [](unsigned id, unsigned version, size_t offset) {
    return id | version << 16 | static_cast<uint64_t>(offset - kCacheMem) << 20;
  };
  c.Set(kCacheMem, 4, 1 | 1u << 16 | 1u << 20 | 2u << 24);
  c.Set(kCacheMem + 4, 4, entry(2, 1, kRas));
  c.Set(kCacheMem + 8, 4, entry(5, 1, kHdm));
  // Masks and severities are kept; there are no errors.
  c.AllowAll(kRas + 0x4, 8);
  c.AllowAll(kRas + 0x10, 4);

  // So many decoders (the field means 1, 2, 4, ...), and both ways of
  // interleaving.
  c.Set(kHdm, 4,
        static_cast<uint64_t>(std::countr_zero(kDecoders)) | 1u << 4 | 3u << 8);
  c.Allow(kHdmControl, 4, 0x3);
  for (size_t i = 0; i < kDecoders; ++i) {
    const size_t at = kFirstDecoder + i * kDecoderBytes;
    c.Allow(at + kBaseLow, 4, 0xf000'0000);
    c.AllowAll(at + kBaseHigh, 4);
    c.Allow(at + kSizeLow, 4, 0xf000'0000);
    c.AllowAll(at + kSizeHigh, 4);
    c.Allow(at + kControl, 4, 0x13ff);
    c.Allow(at + kSkipLow, 4, 0xf000'0000);
    c.AllowAll(at + kSkipHigh, 4);
  }
}

void ComponentRegisters::Write(size_t offset, std::span<const std::byte> from) {
  block_.Write(offset, from);
  for (size_t i = 0; i < kDecoders; ++i) {
    const size_t at = kFirstDecoder + i * kDecoderBytes + kControl;
    auto control = static_cast<uint32_t>(block_.Get(at, 4));
    const bool can = WaysOf(control >> 4 & 0xf) != 0 && (control & 0xf) <= 6;
    control &= ~(kCommitted | kCommitError);
    if (control & kCommit) control |= can ? kCommitted : kCommitError;
    block_.Set(at, 4, control);
  }
}

std::optional<HdmDecoder> ComponentRegisters::DecoderOf(uint64_t dpa) const {
  uint64_t begin = 0;
  for (size_t i = 0; i < kDecoders; ++i) {
    const size_t at = kFirstDecoder + i * kDecoderBytes;
    const auto control = static_cast<uint32_t>(block_.Get(at + kControl, 4));
    if ((control & kCommitted) == 0) continue;
    HdmDecoder decoder = {.base = block_.Get(at + kBaseLow, 4) |
                                  block_.Get(at + kBaseHigh, 4) << 32,
                          .bytes = block_.Get(at + kSizeLow, 4) |
                                   block_.Get(at + kSizeHigh, 4) << 32,
                          .ways = WaysOf(control >> 4 & 0xf),
                          .granularity = 256u << (control & 0xf),
                          .dpa = 0};
    // Decoders follow each other in the device, with gaps that they name.
    begin += block_.Get(at + kSkipLow, 4) | block_.Get(at + kSkipHigh, 4) << 32;
    decoder.dpa = begin;
    begin += decoder.bytes / decoder.ways;
    if (decoder.dpa <= dpa && dpa < begin) return decoder;
  }
  return std::nullopt;
}

}  // namespace daxmend
