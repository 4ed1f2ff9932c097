// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage_plan.h"

namespace daxmend {

void PlanSalvage(const Layout& layout, FileRange range, FileRange replaced,
                 SalvageUnit unit, SalvagePlan* plan) {
  plan->pages.clear();
  plan->replaced.clear();
  plan->good.clear();
  plan->lost.clear();
  EachIn(AlignOut(range, kPageBytes), layout.poison, [&](FileRange bad) {
    plan->pages.push_back(AlignOut(bad, kPageBytes));
  });
  plan->pages = Normalize(std::move(plan->pages));
  const FileRange replaced_pages = AlignIn(replaced, kPageBytes);
  if (!replaced_pages.empty()) {
    plan->replaced = IntersectAll(replaced_pages, plan->pages);
    plan->pages = SubtractAll(plan->pages, {replaced_pages});
  }

  const FileRange data = AlignOut(FileRange{0, layout.size}, layout.unit);
  const FileRange replaced_units = AlignIn(replaced, layout.unit);
  for (FileRange pages : plan->pages) {
    for (const Extent& extent : layout.extents) {
      if (extent.unwritten) continue;
      const FileRange held = Intersect(Intersect(pages, data), extent.file);
      const auto save = [&](FileRange part) {
        if (part.empty()) return;
        if (unit == SalvageUnit::kPage) {
          plan->lost.push_back(part);
          return;
        }
        EachIn(part, layout.poison,
               [&](FileRange bad) { plan->lost.push_back(bad); });
        EachOutside(part, layout.poison, [&](FileRange good) {
          plan->good.push_back(
              {good, DeviceRange::OfLength(
                         extent.device_begin + (good.begin - extent.file.begin),
                         good.length())});
        });
      };
      // All of it but what is replaced.
      const FileRange gap = Intersect(held, replaced_units);
      if (gap.empty()) {
        save(held);
      } else {
        save({held.begin, gap.begin});
        save({gap.end, held.end});
      }
    }
  }
  plan->lost = Normalize(std::move(plan->lost));
}

}  // namespace daxmend
