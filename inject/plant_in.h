// SPDX-License-Identifier: GPL-2.0-only
//
// Planting poison in a file or device by its NVDIMM's firmware: what
// `daxmend inject` does.

#ifndef DAXMEND_INJECT_PLANT_IN_H_
#define DAXMEND_INJECT_PLANT_IN_H_

#include <optional>
#include <string>

#include "inject/plan.h"
#include "inject/plant.h"
#include "inject/target.h"

namespace daxmend {

struct PlantRequest {
  std::string target;  // a DAX file, or a block device
  PlanRequest plan;
  // Instead of `plan`: the text of a plan file, and its name for messages.
  std::optional<std::string> plan_text = {};
  std::string plan_source = {};
  SafetyOptions safety;
  // Appends to this inject.json what was planted.
  std::optional<std::string> record = {};
};

// Plants by libndctl; options.record and options.still_there are not asked.
// Throws Error with nothing planted. Nothing is opened for writing before it is
// known that the caller may, and the target is checked (RequireSafe) before the
// journal is written.
PlantResult PlantIn(const PlantRequest& request, Journal& journal,
                    PlantOptions options);

}  // namespace daxmend

#endif  // DAXMEND_INJECT_PLANT_IN_H_
