// SPDX-License-Identifier: GPL-2.0-only
//
// Answers that an operating system could come to harm by, and arguments that
// firmware could.

#include <fmt/core.h>

#include "validate/check.h"

namespace daxmend {
namespace hostile_checks {

constexpr char kArea[] = "Hostile";
constexpr char kSection[] = "ACPI 6.5 §9.20.7";

// Linux allocates what the capabilities promise, and cannot allocate more.
constexpr uint64_t kMostPromised = 4 << 20;
// Answers above this are no answers to these questions any more.
constexpr uint64_t kMostBytes = 1 << 20;

std::string Named(Function function) {
  return std::string(FunctionName(function)) + ": ";
}

// A function with an argument that it must take.
struct Question {
  ReadFunction function;
  std::string input;
};

std::vector<Question> Questions(Probe& probe) {
  const SpaRange range = probe.scrub_range();
  std::vector<Question> all;
  for (const Question& question :
       {Question{ReadFunction::kArsCapabilities,
                 EncodeRange(range.begin, range.length())},
        Question{ReadFunction::kStartArs,
                 EncodeStartArs(range.begin, range.length(), kArsPersistent,
                                kArsReturnPrevious)},
        Question{ReadFunction::kArsStatus, ""},
        Question{ReadFunction::kInjectStatus, ""}})
    if (probe.Offers(question.function)) all.push_back(question);
  return all;
}

uint16_t StatusOf(Probe& probe, Function function, const Answer& answer) {
  probe.Require(answer.error == 0, Named(function) + "there was no answer");
  PayloadReader reader(answer.bytes);
  const auto status = reader.Take<uint16_t>();
  probe.Require(reader.ok(),
                fmt::format("{}the answer has {} bytes, not even a status",
                            Named(function), answer.bytes.size()));
  return status;
}

void HasStatus(Probe& probe) {
  for (const auto& [function, input] : Questions(probe)) {
    const Answer answer = probe.Ask(function, input, "");
    StatusOf(probe, function, answer);
    probe.Require(
        answer.bytes.size() >= 4,
        fmt::format(
            "{}the answer has {} bytes, fewer than a status and its extension",
            Named(function), answer.bytes.size()));
  }
}

void DefinedStatus(Probe& probe) {
  for (const auto& [function, input] : Questions(probe)) {
    const uint16_t status =
        StatusOf(probe, function, probe.Ask(function, input, ""));
    const bool busy =
        function == Function::kStartArs && status == kStatusArsInProgress;
    probe.Require(status <= 5 || busy,
                  fmt::format("{}status {} is none that ACPI defines for it",
                              Named(function), status));
  }
}

void BoundedAnswers(Probe& probe) {
  for (const auto& [function, input] : Questions(probe)) {
    const Answer answer = probe.Ask(function, input, "");
    probe.Require(
        answer.size <= kMostBytes,
        fmt::format("{}the answer has {} bytes", Named(function), answer.size));
  }
}

void BoundedPromise(Probe& probe) {
  const SpaRange range = probe.pmem();
  const uint32_t most =
      probe.Capabilities(range.begin, range.length()).max_status_bytes;
  probe.Require(most <= kMostPromised,
                fmt::format("status answers may have {} bytes, more than Linux "
                            "can allocate for them",
                            most));
}

void DefinedExtendedStatus(Probe& probe) {
  const ArsStatus status = probe.Status();
  probe.Require(
      status.extended <= kArsStopped,
      fmt::format(
          "Query ARS Status: extended status {} is none that ACPI defines",
          status.extended));
}

void CountsFit(Probe& probe) {
  const ArsStatus status = probe.Scrub(probe.scrub_range());
  probe.Require(status.records.size() == status.count,
                fmt::format("{}{} records are declared, {} are there",
                            Named(Function::kArsStatus), status.count,
                            status.records.size()));
  probe.Require(
      status.size <= probe.last_size(),
      fmt::format("{}{} bytes are declared, {} are there",
                  Named(Function::kArsStatus), status.size, probe.last_size()));
  if (!probe.Offers(Function::kInjectStatus)) return;
  const InjectStatus injected = probe.Injected();
  probe.Require(injected.records.size() == injected.count,
                fmt::format("{}{} records are declared, {} are there",
                            Named(Function::kInjectStatus), injected.count,
                            injected.records.size()));
}

// Asks with an argument that must be refused.
template <class AProbe, class AFunction>
void RequireRefused(AProbe& probe, AFunction function, const std::string& input,
                    const std::string& in_words) {
  const uint16_t status =
      StatusOf(probe, function, probe.Ask(function, input, in_words));
  probe.Require(status == kStatusInvalidInput,
                Named(function) + in_words + ": status " +
                    StatusInWords(status) + " instead of " +
                    StatusInWords(kStatusInvalidInput));
}

constexpr ReadFunction kHarmless[] = {ReadFunction::kArsCapabilities,
                                      ReadFunction::kStartArs};
// These are given nothing that could be taken for a range outside the test
// range: all zeros or ones are no range.
constexpr Function kHarmful[] = {Function::kInject, Function::kInjectClear};

template <class AProbe, class Functions>
void RequireAllRefused(AProbe& probe, const Functions& functions,
                       const std::string& input, const std::string& in_words) {
  for (const auto function : functions)
    if (probe.Offers(function))
      RequireRefused(probe, function, input, in_words);
}

void NoArgument(Probe& probe) {
  RequireAllRefused(probe, kHarmless, "", "no bytes");
}
void HalfArgument(Probe& probe) {
  std::string start;
  AppendLittleEndian(start, probe.pmem().begin);
  RequireAllRefused(probe, kHarmless, start, "an address and no length");
}
void AllOnes(Probe& probe) {
  RequireAllRefused(probe, kHarmless, std::string(24, '\xff'), "all ones");
}

void NoArgumentHarmful(DestructiveProbe& probe) {
  RequireAllRefused(probe, kHarmful, "", "no bytes");
}
void HalfArgumentHarmful(DestructiveProbe& probe) {
  std::string start;
  AppendLittleEndian(start, probe.test_range().spa.begin);
  RequireAllRefused(probe, kHarmful, start, "an address and no length");
}
void AllOnesHarmful(DestructiveProbe& probe) {
  RequireAllRefused(probe, kHarmful, std::string(24, '\xff'), "all ones");
}

void LongArgument(Probe& probe) {
  const SpaRange range = probe.pmem();
  const std::string exact = EncodeRange(range.begin, range.length());
  const Answer wanted =
      probe.Ask(ReadFunction::kArsCapabilities, exact, "16 bytes");
  const Answer answer = probe.Ask(ReadFunction::kArsCapabilities,
                                  exact + std::string(4080, '\xff'),
                                  "the same and 4080 bytes more");
  probe.Require(answer.error == 0, "there was no answer");
  probe.Require(answer.bytes == wanted.bytes ||
                    StatusOf(probe, Function::kArsCapabilities, answer) ==
                        kStatusInvalidInput,
                "an argument that is too long is neither refused nor answered "
                "like the right one");
}

}  // namespace hostile_checks

std::vector<Check> HostileChecks() {
  using namespace hostile_checks;
  return {
      {{"HOSTILE-01", "Every answer has a status", kSection, kArea}, HasStatus},
      {{"HOSTILE-02", "Every status is one that ACPI defines", kSection, kArea},
       DefinedStatus},
      {{"HOSTILE-03", "The extended status of a scrub is one that ACPI defines",
        "ACPI 6.5 §9.20.7.6", kArea},
       DefinedExtendedStatus},
      {{"HOSTILE-04", "No answer is larger than a megabyte", kSection, kArea},
       BoundedAnswers},
      {{"HOSTILE-05", "What answers declare is there",
        "ACPI 6.5 §9.20.7.6, §9.20.7.11", kArea},
       CountsFit},
      {{"HOSTILE-06", "Questions without an argument are refused", kSection,
        kArea},
       NoArgument},
      {{"HOSTILE-07", "Questions with half an argument are refused", kSection,
        kArea},
       HalfArgument},
      {{"HOSTILE-08", "Questions about all ones are refused", kSection, kArea},
       AllOnes},
      {{"HOSTILE-09", "An argument that is too long does no harm", kSection,
        kArea},
       LongArgument},
      {{"HOSTILE-10", "Injections without an argument are refused", kSection,
        kArea},
       NoArgumentHarmful},
      {{"HOSTILE-11", "Injections with half an argument are refused", kSection,
        kArea},
       HalfArgumentHarmful},
      {{"HOSTILE-12", "Injections of all ones are refused", kSection, kArea},
       AllOnesHarmful},
      {{"HOSTILE-13", "The longest status answer is one that fits in memory",
        "ACPI 6.5 §9.20.7.4; Linux, ars_status_alloc", kArea},
       BoundedPromise},
  };
}

}  // namespace daxmend
