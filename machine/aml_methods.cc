// SPDX-License-Identifier: GPL-2.0-only

#include "machine/aml_methods.h"

#include <algorithm>
#include <optional>

namespace daxmend {
namespace {

constexpr size_t kTableHeader = 36;
// Deeper than any firmware nests, so that no bytes can exhaust the stack.
constexpr int kMostScopes = 32;

// Opcodes; those behind ExtOpPrefix have 0x5b00 added.
enum Opcode : unsigned {
  kZero = 0x00,
  kOne = 0x01,
  kAlias = 0x06,
  kName = 0x08,
  kByte = 0x0a,
  kWord = 0x0b,
  kDword = 0x0c,
  kString = 0x0d,
  kQword = 0x0e,
  kScope = 0x10,
  kBuffer = 0x11,
  kPackage = 0x12,
  kVariablePackage = 0x13,
  kMethod = 0x14,
  kExternal = 0x15,
  kAdd = 0x72,
  kSubtract = 0x74,
  kShiftLeft = 0x79,
  kShiftRight = 0x7a,
  kCreateDwordField = 0x8a,
  kCreateWordField = 0x8b,
  kCreateByteField = 0x8c,
  kCreateBitField = 0x8d,
  kCreateQwordField = 0x8f,
  kOnes = 0xff,
  kExtended = 0x5b,
  kMutex = 0x5b01,
  kEvent = 0x5b02,
  kCreateField = 0x5b13,
  kRevision = 0x5b30,
  kOperationRegion = 0x5b80,
  kField = 0x5b81,
  kDevice = 0x5b82,
  kProcessor = 0x5b83,
  kPowerResource = 0x5b84,
  kThermalZone = 0x5b85,
  kIndexField = 0x5b86,
  kBankField = 0x5b87,
};

bool StartsName(uint8_t byte) {
  return byte == '\\' || byte == '^' || byte == '_' || byte == 0x2e ||
         byte == 0x2f || (byte >= 'A' && byte <= 'Z');
}

class Walker {
 public:
  Walker(std::string_view table, std::vector<AmlMethod>* methods)
      : table_(table), methods_(methods) {}

  // A list of terms in [at, end), of the scope `scope`.
  void List(size_t at, size_t end, const std::string& scope, int depth) {
    at_ = at;
    end_ = end;
    while (at_ < end && Term(scope, depth)) {
      // A term is read with the limits of its own list.
      end_ = end;
    }
  }

 private:
  // Moves behind a declaration; false where it is none, or cut off.
  bool Term(const std::string& scope, int depth) {
    const std::optional<unsigned> opcode = Op();
    if (!opcode) return false;
    switch (*opcode) {
      case kAlias:
        return Path() && Path();
      case kName:
        return Path() && Value();
      case kExternal:
        return Path() && Skip(2);
      case kMutex:
        return Path() && Skip(1);
      case kEvent:
        return Path().has_value();
      case kOperationRegion:
        return Path() && Skip(1) && Value() && Value();
      case kCreateDwordField:
      case kCreateWordField:
      case kCreateByteField:
      case kCreateBitField:
      case kCreateQwordField:
        return Value() && Value() && Path();
      case kCreateField:
        return Value() && Value() && Value() && Path();
      case kField:
      case kIndexField:
      case kBankField: {
        const std::optional<size_t> behind = Package();
        if (behind) at_ = *behind;
        return behind.has_value();
      }
      case kMethod:
        return Method(scope);
      case kScope:
      case kDevice:
      case kThermalZone:
        return Nested(scope, depth, 0);
      case kProcessor:
        return Nested(scope, depth, 6);
      case kPowerResource:
        return Nested(scope, depth, 3);
      default:
        return false;
    }
  }

  bool Method(const std::string& scope) {
    const std::optional<size_t> behind = Package();
    if (!behind) return false;
    const std::optional<std::string> name = Path();
    if (!name || !Skip(1) || at_ > *behind) return false;
    methods_->push_back({at_, *behind, Below(scope, *name)});
    at_ = *behind;
    return true;
  }

  // A scope, with `bytes` between its name and its terms.
  bool Nested(const std::string& scope, int depth, size_t bytes) {
    const std::optional<size_t> behind = Package();
    if (!behind) return false;
    const std::optional<std::string> name = Path();
    if (!name || !Skip(bytes) || at_ > *behind) return false;
    if (depth < kMostScopes) List(at_, *behind, Below(scope, *name), depth + 1);
    at_ = *behind;
    return true;
  }

  std::optional<uint8_t> Byte() {
    if (at_ >= end_) return {};
    return static_cast<uint8_t>(table_[at_++]);
  }
  bool Skip(size_t bytes) {
    if (bytes > end_ - at_) return false;
    at_ += bytes;
    return true;
  }
  std::optional<unsigned> Op() {
    const std::optional<uint8_t> first = Byte();
    if (!first || *first != kExtended) return first;
    const std::optional<uint8_t> second = Byte();
    if (!second) return {};
    return kExtended << 8 | *second;
  }

  // Where the package ends that begins here with its length.
  std::optional<size_t> Package() {
    const size_t begin = at_;
    const std::optional<uint8_t> lead = Byte();
    if (!lead) return {};
    const unsigned more = *lead >> 6;
    size_t length = more == 0 ? *lead & 0x3f : *lead & 0x0f;
    for (unsigned i = 0; i < more; ++i) {
      const std::optional<uint8_t> byte = Byte();
      if (!byte) return {};
      length |= size_t{*byte} << (4 + 8 * i);
    }
    if (length > end_ - begin || begin + length < at_) return {};
    return begin + length;
  }

  // A name: "_SB.NVDR", with the prefixes that it has.
  std::optional<std::string> Path() {
    std::string path;
    while (at_ < end_ && (table_[at_] == '\\' || table_[at_] == '^'))
      path += table_[at_++];
    size_t segments = 1;
    if (at_ >= end_) return {};
    if (table_[at_] == 0x00) {
      ++at_;
      return path;
    }
    if (table_[at_] == 0x2e) {
      ++at_;
      segments = 2;
    } else if (table_[at_] == 0x2f) {
      ++at_;
      const std::optional<uint8_t> count = Byte();
      if (!count) return {};
      segments = *count;
    }
    for (size_t i = 0; i < segments; ++i) {
      if (end_ - at_ < 4) return {};
      const std::string_view name = table_.substr(at_, 4);
      if (!std::all_of(name.begin(), name.end(), [](char c) {
            return c == '_' || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
          }))
        return {};
      if (i) path += '.';
      path += name;
      at_ += 4;
    }
    return path;
  }

  // `name` as it is declared in `scope`.
  static std::string Below(const std::string& scope, const std::string& name) {
    if (name.starts_with('\\')) return name.substr(1);
    std::string above = scope;
    size_t up = 0;
    while (up < name.size() && name[up] == '^') {
      const size_t dot = above.rfind('.');
      above = dot == above.npos ? "" : above.substr(0, dot);
      ++up;
    }
    const std::string rest = name.substr(up);
    return above.empty() || rest.empty() ? above + rest : above + "." + rest;
  }

  // A constant, a name, or arithmetic of those.
  bool Value(int depth = 0) {
    if (at_ >= end_ || depth > kMostScopes) return false;
    if (StartsName(static_cast<uint8_t>(table_[at_])))
      return Path().has_value();
    const std::optional<unsigned> opcode = Op();
    if (!opcode) return false;
    switch (*opcode) {
      case kZero:
      case kOne:
      case kOnes:
      case kRevision:
        return true;
      case kByte:
        return Skip(1);
      case kWord:
        return Skip(2);
      case kDword:
        return Skip(4);
      case kQword:
        return Skip(8);
      case kString: {
        const size_t end = table_.find('\0', at_);
        if (end >= end_) return false;
        at_ = end + 1;
        return true;
      }
      case kBuffer:
      case kPackage:
      case kVariablePackage: {
        const std::optional<size_t> behind = Package();
        if (behind) at_ = *behind;
        return behind.has_value();
      }
      case kAdd:
      case kSubtract:
      case kShiftLeft:
      case kShiftRight:
        // The target is a name, or none.
        return Value(depth + 1) && Value(depth + 1) && Path().has_value();
      default:
        return false;
    }
  }

  const std::string_view table_;
  std::vector<AmlMethod>* methods_;
  size_t at_ = 0, end_ = 0;
};

}  // namespace

std::vector<AmlMethod> AmlMethods(std::string_view table) {
  std::vector<AmlMethod> methods;
  if (table.size() > kTableHeader)
    Walker(table, &methods).List(kTableHeader, table.size(), "", 0);
  return methods;
}

}  // namespace daxmend
