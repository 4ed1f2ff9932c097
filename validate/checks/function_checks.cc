// SPDX-License-Identifier: GPL-2.0-only
//
// Function 0, which says what functions there are, against what answers.

#include "validate/check.h"

namespace daxmend {
namespace function_checks {

constexpr char kArea[] = "Function 0";
constexpr char kSection[] = "ACPI 6.5 §9.1.1, §9.20.7";

uint64_t Bits(std::initializer_list<Function> functions) {
  uint64_t bits = 0;
  for (Function function : functions)
    bits |= uint64_t{1} << static_cast<uint32_t>(function);
  return bits;
}

void AllOrNone(Probe& probe, uint64_t group) {
  const uint64_t there = probe.bus().Functions() & group;
  probe.Note("advertised: " + Hexadecimal(there));
  probe.Require(there == 0 || there == group,
                "of the functions " + Hexadecimal(group) + " only " +
                    Hexadecimal(there) + " are advertised");
}

void ScrubFunctions(Probe& probe) {
  AllOrNone(probe, Bits({Function::kArsCapabilities, Function::kStartArs,
                         Function::kArsStatus, Function::kClearError}));
}

void InjectFunctions(Probe& probe) {
  AllOrNone(probe, Bits({Function::kInject, Function::kInjectClear,
                         Function::kInjectStatus}));
}

// `status` of a function that is advertised.
void RequireSupported(Probe& probe, Function function, uint16_t status) {
  probe.Require(status != kStatusNotSupported,
                std::string(FunctionName(function)) +
                    " is advertised and answers \"not supported\"");
}

void CapabilitiesAnswer(Probe& probe) {
  const SpaRange range = probe.pmem();
  RequireSupported(probe, Function::kArsCapabilities,
                   probe.Capabilities(range.begin, range.length()).status);
}

void StartAnswers(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  RequireSupported(probe, Function::kStartArs,
                   probe.StartArs(range.begin, range.length()).status);
  probe.WaitForArs();
}

void StatusAnswers(Probe& probe) {
  RequireSupported(probe, Function::kArsStatus, probe.Status().status);
}

void InjectedAnswers(Probe& probe) {
  RequireSupported(probe, Function::kInjectStatus, probe.Injected().status);
}

// Function 8 uninjects nothing where nothing was injected; function 7 is asked
// for what it must refuse.
void InjectAnswers(DestructiveProbe& probe) {
  RequireSupported(probe, Function::kInject,
                   probe.Inject(probe.test_range().spa.begin, 0).status);
}

void InjectClearAnswers(DestructiveProbe& probe) {
  const SpaRange unit = probe.Units(0, 1);
  RequireSupported(probe, Function::kInjectClear,
                   probe.InjectClear(unit.begin, unit.length()).status);
}

void ClearAnswers(DestructiveProbe& probe) {
  const SpaRange unit = probe.Units(0, 1);
  RequireSupported(probe, Function::kClearError,
                   probe.Clear(unit.begin, unit.length()).status);
}

void Translates(Probe& probe) {
  const SpaRange range = probe.pmem();
  const Answer answer =
      probe.Ask(ReadFunction::kTranslateSpa, EncodeTranslateSpa(range.begin),
                "address " + Hexadecimal(range.begin));
  probe.Require(answer.error == 0, "there was no answer");
  const Decoded<TranslatedSpa> decoded = DecodeTranslateSpa(answer.bytes);
  probe.Require(decoded.value.has_value(), decoded.error);
  RequireSupported(probe, Function::kTranslateSpa, decoded.value->status);
  probe.Require(decoded.value->status == kStatusSuccess,
                "status " + StatusInWords(decoded.value->status) +
                    " for an address of a persistent range");
  probe.Require(decoded.value->devices.size() == decoded.value->count,
                InWords(*decoded.value) + ": the list does not have as many");
}

void UnknownFunction(Probe& probe) {
  probe.Skip(
      "the kernel passes on only functions that it knows and that function 0 "
      "advertises (Linux, acpi_nfit_ctl)");
}

void UnknownRevision(Probe& probe) {
  probe.Skip(
      "revision 0, or any but 1, cannot be asked: the kernel asks for revision "
      "1 "
      "only (Linux, acpi_nfit_ctl)");
}

void UnknownUuid(Probe& probe) {
  probe.Skip(
      "the kernel asks by the UUIDs that it knows only (Linux, acpi_nfit_ctl)");
}

}  // namespace function_checks

std::vector<Check> FunctionChecks() {
  using namespace function_checks;
  return {
      {{"FUNC-01", "The scrubbing functions 1 to 4 are advertised together",
        kSection, kArea},
       ScrubFunctions},
      {{"FUNC-02", "The injection functions 7 to 9 are advertised together",
        kSection, kArea},
       InjectFunctions},
      {{"FUNC-03", "Function 1 answers when it is advertised", kSection, kArea},
       CapabilitiesAnswer},
      {{"FUNC-04", "Function 2 answers when it is advertised", kSection, kArea},
       StartAnswers},
      {{"FUNC-05", "Function 3 answers when it is advertised", kSection, kArea},
       StatusAnswers},
      {{"FUNC-06", "Function 4 answers when it is advertised", kSection, kArea},
       ClearAnswers},
      {{"FUNC-07", "Function 5 translates an address when it is advertised",
        "ACPI 6.5 §9.20.7.8", kArea},
       Translates},
      {{"FUNC-08", "Function 7 answers when it is advertised", kSection, kArea},
       InjectAnswers},
      {{"FUNC-09", "Function 8 answers when it is advertised", kSection, kArea},
       InjectClearAnswers},
      {{"FUNC-10", "Function 9 answers when it is advertised", kSection, kArea},
       InjectedAnswers},
      {{"FUNC-11", "A function that is not advertised is refused", kSection,
        kArea},
       UnknownFunction},
      {{"FUNC-12", "A revision that there is not is refused", kSection, kArea},
       UnknownRevision},
      {{"FUNC-13", "A UUID that there is not is refused", kSection, kArea},
       UnknownUuid},
  };
}

}  // namespace daxmend
