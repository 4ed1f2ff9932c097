// SPDX-License-Identifier: GPL-2.0-only
//
// The seam between the checks and an NVDIMM bus: what the kernel tells about
// it, and one question at a time to the root device's _DSM (ACPI 6.5 §9.20.7),
// answered with the bytes that firmware gave.
//
// Times are of a clock that only has to go forward, so that a test can bring
// its own. Not thread-safe.

#ifndef DAXMEND_VALIDATE_FIRMWARE_BUS_H_
#define DAXMEND_VALIDATE_FIRMWARE_BUS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/range.h"

namespace daxmend {

// The function indexes of the root device's _DSM that Linux passes on.
enum class Function : uint32_t {
  kArsCapabilities = 1,
  kStartArs = 2,
  kArsStatus = 3,
  kClearError = 4,
  kTranslateSpa = 5,
  kInject = 7,
  kInjectClear = 8,
  kInjectStatus = 9,
};
// One of those that change no error and no byte, whatever they are given: there
// are no others of this type.
class ReadFunction {
 public:
  static const ReadFunction kArsCapabilities, kStartArs, kArsStatus,
      kTranslateSpa, kInjectStatus;
  constexpr operator Function() const { return function_; }

 private:
  explicit constexpr ReadFunction(Function function) : function_(function) {}
  Function function_;
};
inline constexpr ReadFunction ReadFunction::kArsCapabilities{
    Function::kArsCapabilities};
inline constexpr ReadFunction ReadFunction::kStartArs{Function::kStartArs};
inline constexpr ReadFunction ReadFunction::kArsStatus{Function::kArsStatus};
inline constexpr ReadFunction ReadFunction::kTranslateSpa{
    Function::kTranslateSpa};
inline constexpr ReadFunction ReadFunction::kInjectStatus{
    Function::kInjectStatus};

// "Start ARS".
const char* FunctionName(Function function);

struct Answer {
  // Why the kernel did not ask, or did not pass the answer on; 0 when it did.
  // EINVAL: the method failed, or returned something else than a buffer.
  int error = 0;
  std::string bytes;  // as many of the answer's as there was room for
  // How many firmware returned; more than bytes.size() when they did not fit.
  uint64_t size = 0;
};

struct ScrubState {
  uint64_t count = 0;  // scrubs the kernel has finished
  bool busy = false;
};

// The bus as the kernel shows it. Nothing here changes an error or a byte.
class BusView {
 public:
  virtual ~BusView() = default;

  virtual const std::string& name() const = 0;      // "ndbus0"
  virtual const std::string& provider() const = 0;  // "ACPI.NFIT"

  // What function 0 advertises, as far as the kernel knows the functions: bit
  // N for function N.
  virtual uint64_t Functions() = 0;

  // The bytes of the NFIT.
  virtual std::string Nfit() = 0;
  // The ranges that the kernel made regions of.
  virtual std::vector<SpaRange> Regions() = 0;

  // What the kernel lists as bad in them, normalized; a namespace has a list of
  // its own besides.
  virtual std::vector<SpaRange> BadRanges() = 0;

  // The kernel's own scrubbing, which fills its lists of bad sectors.
  // Where it does not scrub, none is ever finished, and StartScrub throws Error
  // of code ENOTTY.
  virtual ScrubState Scrub() = 0;
  virtual void StartScrub() = 0;

  virtual std::chrono::nanoseconds Now() = 0;
  virtual void Sleep(std::chrono::milliseconds time) = 0;
};

// What is asked through it may inject and clear: for Probe alone, which is
// read-only or not by its type.
class FirmwareBus : public BusView {
 public:
  // Calls `function` with `input` as its argument; no more than `room` bytes
  // come back. Throws Error when the bus is not there any more.
  virtual Answer Call(Function function, std::string_view input,
                      uint32_t room) = 0;
};

}  // namespace daxmend

#endif  // DAXMEND_VALIDATE_FIRMWARE_BUS_H_
