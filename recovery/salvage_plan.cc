// SPDX-License-Identifier: GPL-2.0-only

#include "recovery/salvage_plan.h"

namespace daxmend {

SalvagePlan PlanSalvage(const Layout& layout, FileRange range,
                        FileRange replaced, SalvageUnit unit) {
  SalvagePlan plan;
  for (FileRange bad : IntersectAll(AlignOut(range, kPageBytes), layout.poison))
    plan.pages.push_back(AlignOut(bad, kPageBytes));
  plan.pages = Normalize(std::move(plan.pages));
  const FileRange replaced_pages = AlignIn(replaced, kPageBytes);
  if (!replaced_pages.empty()) {
    plan.replaced = IntersectAll(replaced_pages, plan.pages);
    std::vector<FileRange> partial;
    for (FileRange pages : plan.pages)
      for (FileRange rest : Subtract(pages, {replaced_pages}))
        partial.push_back(rest);
    plan.pages = std::move(partial);
  }

  const FileRange data = AlignOut(FileRange{0, layout.size}, layout.unit);
  FileRange replaced_sectors = AlignIn(replaced, layout.unit);
  for (FileRange pages : plan.pages) {
    for (const Extent& extent : layout.extents) {
      if (extent.unwritten) continue;
      const FileRange held = Intersect(Intersect(pages, data), extent.file);
      if (held.empty()) continue;
      std::vector<FileRange> wanted{held};
      if (!replaced_sectors.empty())
        wanted = Subtract(held, {replaced_sectors});
      for (FileRange part : wanted) {
        if (unit == SalvageUnit::kPage) {
          plan.lost.push_back(part);
          continue;
        }
        for (FileRange bad : IntersectAll(part, layout.poison))
          plan.lost.push_back(bad);
        for (FileRange good : Subtract(part, layout.poison))
          plan.good.push_back(
              {good, DeviceRange::OfLength(
                         extent.device_begin + (good.begin - extent.file.begin),
                         good.length())});
      }
    }
  }
  plan.lost = Normalize(std::move(plan.lost));
  return plan;
}

}  // namespace daxmend
