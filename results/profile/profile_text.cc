// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/profile_text.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/printable.h"
#include "core/text.h"
#include "core/text_table.h"
#include "results/number_text.h"

namespace daxmend {
namespace {

// Instructions per I/O differ by whole ones; means of many, by parts.
constexpr double kLeastChange = 0.005;

double PerIo(uint64_t instructions, uint64_t ios) {
  return static_cast<double>(instructions) /
         static_cast<double>(std::max<uint64_t>(ios, 1));
}

// "527", and "12.34" where I/Os differ.
std::string CountText(double count) {
  if (count == std::floor(count)) return Grouped(static_cast<uint64_t>(count));
  const auto hundredths = static_cast<uint64_t>(std::llround(count * 100));
  return fmt::format("{}.{:02}", Grouped(hundredths / 100), hundredths % 100);
}

std::string ChangeText(double change) {
  const std::string sign = change < 0 ? "-" : "+";
  return sign + CountText(std::abs(change));
}

std::string ShareText(double share) { return fmt::format("{:.1f} %", share); }

// Of the firmware, in a line of a terminal.
constexpr size_t kMostMethods = 6;

// Of a long name its two ends; the whole is in profile.json.
std::string Shortened(const std::string& name) {
  constexpr size_t kMost = 40, kFirst = 14;
  const std::string text = Printable(name);
  if (text.size() <= kMost) return text;
  return text.substr(0, kFirst) + ".." +
         text.substr(text.size() - (kMost - kFirst - 2));
}

// Of I/Os by a count; of an even number the one below the middle.
uint64_t MedianOf(const std::map<uint64_t, uint64_t>& counts, uint64_t ios) {
  uint64_t below = 0;
  for (auto [count, of] : counts) {
    below += of;
    if (2 * below >= ios) return count;
  }
  return 0;
}

std::string Heading(const ProfileRecord& profile, const ProfileJob& job,
                    Path path, size_t columns) {
  const ProfilePath& here = job.path(path);
  std::string text =
      fmt::format("{}, {}: {}, {} instructions of work in the median one",
                  Printable(job.name), kPathNames[static_cast<size_t>(path)],
                  Counted(here.ios, "I/O"), Grouped(MedianWork(here)));
  if (const uint64_t firmware = FirmwareWork(profile, here); firmware > 0)
    text += fmt::format("; {} of {} are the firmware's AML",
                        CountText(PerIo(firmware, here.ios)),
                        CountText(PerIo(here.work, here.ios)));
  if (here.upkeep)
    text += fmt::format("; {} without the kernel's upkeep",
                        Grouped(MedianSteady(here)));
  if (here.interrupts)
    text += fmt::format("; interrupts: {} in all", Grouped(here.interrupts));
  if (here.others)
    text += fmt::format("; other threads: {} in all", Grouped(here.others));
  text = Wrapped("", text, columns);
  if (const std::string methods = MethodsText(profile, here, kMostMethods);
      !methods.empty())
    text += Wrapped("AML by method: ", methods, columns);
  if (const std::string touched = FootprintText(here); !touched.empty())
    text += Wrapped("touched: ", touched, columns);
  return text;
}

PathChange ChangeOf(const ProfileRecord& a, const ProfileRecord& b,
                    const ProfileJob& job_a, const ProfileJob& job_b,
                    Path path) {
  const ProfilePath& in_a = job_a.path(path);
  const ProfilePath& in_b = job_b.path(path);
  PathChange change = {job_a.name,
                       path,
                       MedianSteady(in_a),
                       MedianSteady(in_b),
                       PerIo(in_a.work, in_a.ios),
                       PerIo(in_b.work, in_b.ios),
                       {}};
  std::map<ProfileFunction, std::pair<double, double>> both;
  for (const auto& [function, n] : SelfOf(a, in_a.stacks))
    both[function].first = PerIo(n, in_a.ios);
  for (const auto& [function, n] : SelfOf(b, in_b.stacks))
    both[function].second = PerIo(n, in_b.ios);
  for (const auto& [function, counts] : both)
    if (std::abs(counts.second - counts.first) >= kLeastChange)
      change.functions.push_back({function, counts.first, counts.second});
  std::stable_sort(change.functions.begin(), change.functions.end(),
                   [](const auto& x, const auto& y) {
                     return std::abs(x.change()) > std::abs(y.change());
                   });
  return change;
}

}  // namespace

// The interpreter of ACPI is what the emulated firmware runs on.
bool IsFirmware(const ProfileFunction& function) {
  return (function.module == "kernel" && function.name.starts_with("acpi_")) ||
         function.module == kFirmwareModule;
}

std::vector<std::pair<std::string, uint64_t>> FirmwareMethods(
    const ProfileRecord& record, const ProfilePath& path) {
  std::map<std::string, uint64_t> sums;
  for (const auto& [frames, instructions] : path.stacks)
    for (uint32_t frame : frames)
      if (record.functions[frame].module == kFirmwareModule)
        sums[record.functions[frame].name] += instructions;
  std::vector<std::pair<std::string, uint64_t>> methods(sums.begin(),
                                                        sums.end());
  std::stable_sort(
      methods.begin(), methods.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  return methods;
}

std::string MethodsText(const ProfileRecord& record, const ProfilePath& path,
                        size_t most) {
  const auto methods = FirmwareMethods(record, path);
  std::string text;
  uint64_t rest = 0;
  for (size_t i = 0; i < methods.size(); ++i)
    if (i < most)
      text += (i ? ", " : "") + methods[i].first + " " +
              PerIoText(methods[i].second, path.ios);
    else
      rest += methods[i].second;
  if (rest > 0)
    text += fmt::format(", {} more {}", methods.size() - most,
                        PerIoText(rest, path.ios));
  return text;
}

uint64_t FirmwareWork(const ProfileRecord& record, const ProfilePath& path) {
  uint64_t sum = 0;
  for (const auto& [frames, instructions] : path.stacks)
    if (std::any_of(frames.begin(), frames.end(), [&](uint32_t frame) {
          return IsFirmware(record.functions[frame]);
        }))
      sum += instructions;
  return sum;
}

std::string PerIoText(uint64_t instructions, uint64_t ios) {
  return CountText(PerIo(instructions, ios));
}

uint64_t MedianWork(const ProfilePath& path) {
  return MedianOf(path.work_of_ios, path.ios);
}

uint64_t MedianSteady(const ProfilePath& path) {
  return MedianOf(path.steady_of_ios, path.ios);
}

std::string FootprintText(const ProfilePath& path) {
  std::string text;
  for (size_t i = 0; i < kFootprintCounts; ++i) {
    const std::map<uint64_t, uint64_t>& counts = path.footprint[i];
    if (counts.empty()) return "";
    text +=
        fmt::format("{}{} {} ({}{})", i ? ", " : "", kFootprintKinds[i].label,
                    Grouped(MedianOf(counts, path.ios)), i ? "" : "at most ",
                    Grouped(counts.rbegin()->first));
  }
  return text;
}

std::string CachesText(const CacheSizes& caches) {
  return fmt::format(
      "{} for code and {} for data of {} ways, {} for both of {} ways, LRU, "
      "64-byte lines, nothing prefetched",
      BytesText(static_cast<double>(caches.l1)),
      BytesText(static_cast<double>(caches.l1)), CacheSizes::kWays1,
      BytesText(static_cast<double>(caches.l2)), CacheSizes::kWays2);
}

std::vector<ProfileGap> GapsOf(const ProfileRecord& profile,
                               const RunRecord& run) {
  std::vector<ProfileGap> gaps;
  for (const ProfileJob& job : profile.jobs) {
    const JobRecord* measured = run.Find(job.name);
    for (size_t i = 0; i < kPaths; ++i) {
      const auto path = static_cast<Path>(i);
      const ProfilePath& counted = job.path(path);
      const LatencyHistogram none;
      const LatencyHistogram& engine = measured ? measured->path(path) : none;
      if (counted.ios == 0 && engine.count() == 0) continue;
      gaps.push_back({job.name, path, engine.count(), counted.ios, engine.sum(),
                      counted.total()});
    }
  }
  return gaps;
}

std::string ProfileAsText(const ProfileRecord& profile, const RunRecord& run,
                          size_t functions, size_t columns) {
  TextTable table({"function", "in", "per I/O", "of the work"}, 2);
  table.AddRule();
  for (const ProfileJob& job : profile.jobs)
    for (size_t i = 0; i < kPaths; ++i) {
      const auto path = static_cast<Path>(i);
      const ProfilePath& here = job.path(path);
      if (here.ios == 0) continue;
      table.AddText(Heading(profile, job, path, columns));
      const auto share = [&](uint64_t instructions) {
        return ShareText(100 * PerIo(instructions, here.work));
      };
      const auto self = SelfOf(profile, here.stacks);
      uint64_t rest = 0;
      for (size_t n = 0; n < self.size(); ++n) {
        const auto& [function, instructions] = self[n];
        if (n >= functions)
          rest += instructions;
        else
          table.AddRow({Shortened(function.name), Printable(function.module),
                        CountText(PerIo(instructions, here.ios)),
                        share(instructions)});
      }
      if (rest > 0)
        table.AddRow({fmt::format("{} more", self.size() - functions), "",
                      CountText(PerIo(rest, here.ios)), share(rest)});
      table.AddRule();
    }
  std::string out = table.Text(columns);
  if (profile.caches)
    out +=
        Wrapped("misses are a model's: ", CachesText(*profile.caches), columns);
  size_t same = 0, all = 0;
  for (const ProfileGap& gap : GapsOf(profile, run)) {
    ++all;
    if (gap.empty()) {
      ++same;
    } else if (gap.ios_measured != gap.ios) {
      out += fmt::format("{} {}: the engine measured {}, the profile has {}\n",
                         gap.job, kPathNames[static_cast<size_t>(gap.path)],
                         Counted(gap.ios_measured, "I/O"), Grouped(gap.ios));
    } else {
      out += fmt::format(
          "{} {}: the engine measured {}, of which nothing was executed in "
          "{}\n",
          gap.job, kPathNames[static_cast<size_t>(gap.path)],
          Grouped(gap.measured),
          ChangeText(static_cast<double>(gap.measured) -
                     static_cast<double>(gap.counted)));
    }
  }
  return out + fmt::format(
                   "{} of {} paths: the functions add up to what was measured, "
                   "to the instruction\n",
                   same, all);
}

std::vector<PathChange> Changes(const ProfileRecord& a,
                                const ProfileRecord& b) {
  std::vector<PathChange> changes;
  for (const ProfileJob& job : a.jobs) {
    const ProfileJob* other = b.Find(job.name);
    for (size_t i = 0; other && i < kPaths; ++i)
      if (job.paths[i].ios > 0 && other->paths[i].ios > 0)
        changes.push_back(ChangeOf(a, b, job, *other, static_cast<Path>(i)));
  }
  return changes;
}

std::string ChangesAsText(const std::vector<PathChange>& changes,
                          size_t functions, size_t columns) {
  TextTable table({"function", "in", "a", "b", "b - a"}, 2);
  table.AddRule();
  size_t same = 0;
  for (const PathChange& change : changes) {
    if (change.functions.empty()) {
      ++same;
      continue;
    }
    table.AddText(fmt::format(
        "{}, {}: {} -> {} instructions of work in the median I/O ({})\n",
        Printable(change.job), kPathNames[static_cast<size_t>(change.path)],
        Grouped(change.a), Grouped(change.b),
        ChangeText(static_cast<double>(change.b) -
                   static_cast<double>(change.a))));
    for (size_t n = 0; n < change.functions.size() && n < functions; ++n) {
      const FunctionChange& function = change.functions[n];
      table.AddRow({Shortened(function.function.name),
                    Printable(function.function.module), CountText(function.a),
                    CountText(function.b), ChangeText(function.change())});
    }
    if (change.functions.size() > functions)
      table.AddText(fmt::format("and {} more that changed by less\n",
                                change.functions.size() - functions));
    table.AddRule();
  }
  std::string out = same < changes.size() ? table.Text(columns) : "";
  return out + fmt::format("{} of {} paths are the same in every function\n",
                           same, changes.size());
}

std::string ChangesAsJson(const std::vector<PathChange>& changes) {
  nlohmann::ordered_json paths = nlohmann::ordered_json::array();
  for (const PathChange& change : changes) {
    nlohmann::ordered_json functions = nlohmann::ordered_json::array();
    for (const FunctionChange& function : change.functions)
      functions.push_back({{"function", function.function.name},
                           {"module", function.function.module},
                           {"a", function.a},
                           {"b", function.b}});
    paths.push_back({{"job", change.job},
                     {"path", kPathNames[static_cast<size_t>(change.path)]},
                     {"median_a", change.a},
                     {"median_b", change.b},
                     {"mean_a", change.mean_a},
                     {"mean_b", change.mean_b},
                     {"functions", functions}});
  }
  return nlohmann::ordered_json{{"schema", 2}, {"paths", paths}}.dump(2) + "\n";
}

}  // namespace daxmend
