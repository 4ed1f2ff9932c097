// SPDX-License-Identifier: GPL-2.0-only
//
// Injecting poison in a real file or device: what `daxmend inject` does.

#ifndef DAXMEND_INJECT_INJECT_IN_H_
#define DAXMEND_INJECT_INJECT_IN_H_

#include <optional>
#include <string>
#include <vector>

#include "inject/injection.h"
#include "inject/methods/injectors.h"
#include "inject/plan/arrivals.h"
#include "inject/plan/plan.h"
#include "inject/plan/target.h"

namespace daxmend {

struct InjectRequest {
  std::string target;  // a DAX file, or a block device
  PlanRequest plan;
  // Instead of `plan`: the text of a plan file, and its name for messages.
  std::optional<std::string> plan_text = {};
  std::string plan_source = {};
  InjectorRequest injector;
  SafetyOptions safety;
  // Appends to this inject.json what was injected.
  std::optional<std::string> record = {};
};

// Injects; options.record and options.still_there are not asked.
// Throws Error with nothing injected. Nothing is opened for writing before it
// is known that the caller may, and the target is checked (RequireSafe) before
// the journal is written.
InjectResult InjectIn(const InjectRequest& request, Journal& journal,
                      InjectOptions options);

struct InjectedOverTime {
  uint64_t arrivals = 0;     // that came
  uint64_t planned = 0;      // that would have come without an interruption
  uint64_t already_bad = 0;  // of those that came, on poison that was there
  uint64_t sectors = 0;      // injected
  uint64_t repaired = 0;     // of these, good again when they were asked for
};

// Injects one span of `request.plan.span` bytes at each of `arrivals`, drawn
// from the plan's region, as it comes: each is an entry of its own in the
// journal and in the record, nobody waits for the kernel to list it, and what
// has arrived stays until it is repaired or restored. options.cancelled ends
// it between arrivals. Throws Error for what cannot be injected; earlier
// arrivals stay.
InjectedOverTime InjectOverTime(const InjectRequest& request,
                                const std::vector<Arrival>& arrivals,
                                Journal& journal, InjectOptions options);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_INJECT_IN_H_
