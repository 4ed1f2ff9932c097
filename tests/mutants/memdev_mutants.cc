// SPDX-License-Identifier: GPL-2.0-only
//
// memdev_mutants [MEMDEV]
//
// Whether each wrong CXL memory device is caught by the check that is meant for
// it, as a table in Markdown. Without MEMDEV all checks are run on each device
// in this process; with it, in a guest whose device was made with --cxl-fault
// by-command, the check alone, one fault after the other in one boot. Exits
// with 1 when one is not caught.

#include "tests/mutants/memdev_mutants.h"

#include <fmt/core.h>

#include <cstdio>
#include <string>

#include "core/error.h"
#include "tests/unit/validate/emulated_memdev.h"
#include "validate/memdev/memdev_session.h"
#include "validate/memdev/memdev_validation.h"

namespace daxmend {
namespace {

constexpr char kJournal[] = "/tmp/memdev_mutants.journal";

std::string Cell(std::string text) {
  constexpr size_t kMost = 160;
  if (text.size() > kMost) text = text.substr(0, kMost) + " ...";
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

// Prints the mutant's row. Whether it is caught.
bool Row(const MemdevMutant& mutant, const ValidationRecord& record) {
  std::string seen, others;
  bool caught = false;
  for (const CheckResult& result : record.checks) {
    if (result.verdict != CheckVerdict::kFail) continue;
    if (result.check.id == mutant.check) {
      caught = true;
      seen = result.reason;
    } else {
      others += (others.empty() ? "" : ", ") + result.check.id;
    }
  }
  std::printf("| %s | %s | %s | %s |\n", std::string(mutant.fault).c_str(),
              std::string(mutant.check).c_str(),
              caught ? Cell(seen).c_str() : "**not caught**",
              Cell(others).c_str());
  return caught;
}

ValidationRecord InProcess(const MemdevMutant& mutant) {
  CxlDeviceParameters parameters = {.bytes = kEmulatedBytes,
                                    .serial = 0xda000001};
  if (!AddCxlFault(mutant.fault, &parameters.faults))
    throw Error(std::string(mutant.fault) + " is no fault");
  MemoryDevice device(parameters, [](uint64_t, const std::optional<HdmDecoder>&,
                                     const CxlLine&) {});
  const MemdevOptions all = {.only = {}, .destructive = true};
  if (mutant.by_kernel) {
    EmulatedKernel memdev(device);
    return ValidateMemdev(memdev, all);
  }
  EmulatedRegisters registers(device);
  DirectMemdev memdev(EmulatedFacts(), registers);
  return ValidateMemdev(memdev, all);
}

// Has the device be wrong in one way, or in none.
void Select(Mailbox& mailbox, std::string_view fault) {
  uint16_t number = 0xffff;
  const auto& names = CxlFaultNames();
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == fault) number = static_cast<uint16_t>(i);
  std::string in;
  AppendLittleEndian(in, number);
  const MailboxAnswer answer =
      mailbox.Send(static_cast<MemdevCommand>(kSelectFault), in);
  if (answer.error != 0 || answer.code != MemdevCode::kSuccess)
    throw Error({.thing = "the device",
                 .cause = "does not take the fault " + std::string(fault),
                 .way_out = "boot with --cxl-fault by-command"});
}

ValidationRecord OnDevice(MemdevSession& session, const MemdevMutant& mutant) {
  Mailbox& right = *session.device().mailbox();
  Select(right, mutant.fault);
  DirectMemdev wrong(session.device().facts(), right.registers());
  const ValidationRecord record = ValidateMemdev(
      wrong, {.only = {std::string(mutant.check)}, .destructive = true});
  Select(right, "");
  PutBack(session.device(),
          {.range = EndOfMemdev(session.device().facts()), .commands = {}});
  session.device().Send(MemdevCommand::kClearEvents, EncodeClearEvents(0, {}));
  return record;
}

int Run(const std::string& memdev) {
  const std::unique_ptr<MemdevHost> host = ThisMachinesMemdevs();
  std::unique_ptr<MemdevSession> session;
  if (!memdev.empty())
    session = std::make_unique<MemdevSession>(
        MemdevSession::Request{.memdev = memdev,
                               .direct = true,
                               .destructive = true,
                               .journal = kJournal},
        *host);
  std::printf(
      "# Wrong CXL memory devices\n\nMade by `build/tests/memdev_mutants`: "
      "daxmend's CXL device with one fault each (`daxmend vm --cxl-fault "
      "NAME`), and\nwhat the check said that is meant for it.\n\n| fault | "
      "check | what it said | other checks that failed |\n| --- | --- | --- | "
      "--- |\n");
  size_t caught = 0, all = 0;
  for (const MemdevMutant& mutant : kMemdevMutants) {
    if (session && mutant.by_kernel) continue;
    ++all;
    caught +=
        Row(mutant, session ? OnDevice(*session, mutant) : InProcess(mutant));
    std::fflush(stdout);
  }
  if (session) session->End();
  std::printf("\n%zu of %zu are caught by the check that is meant for them.\n",
              caught, all);
  return caught == all ? 0 : 1;
}

}  // namespace
}  // namespace daxmend

int main(int argc, char** argv) {
  try {
    return daxmend::Run(argc > 1 ? argv[1] : "");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "memdev_mutants: %s\n", error.what());
    return 2;
  }
}
