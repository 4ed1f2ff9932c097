// SPDX-License-Identifier: GPL-2.0-only

#include "results/page/profile_section.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "results/number_text.h"
#include "results/page/figure.h"
#include "results/page/html_text.h"
#include "results/profile/profile_text.h"

namespace daxmend {
namespace {

// A box narrower than this share of the whole cannot be seen.
constexpr double kLeastShare = 0.004;
constexpr size_t kMostRows = 12;
constexpr size_t kPageMethods = 12;

// Frames that begin alike, joined; instructions an I/O, with those of what it
// calls, of one profile (b) or of two.
struct Frame {
  double a = 0, b = 0;
  std::map<ProfileFunction, Frame> calls;
};

void AddStacks(const ProfileRecord& profile, const ProfilePath& path,
               double Frame::*side, Frame* root) {
  for (const auto& [frames, instructions] : path.stacks) {
    const double per_io = static_cast<double>(instructions) /
                          static_cast<double>(std::max<uint64_t>(path.ios, 1));
    Frame* at = root;
    at->*side += per_io;
    for (uint32_t function : frames) {
      at = &at->calls[profile.functions[function]];
      at->*side += per_io;
    }
  }
}

// A box for each frame, as wide as its share of b.
class Icicle {
 public:
  using Text = std::function<std::string(const ProfileFunction&, const Frame&)>;

  // The colour of a box, and what it says when pointed at.
  Icicle(Text color, Text title)
      : color_(std::move(color)), title_(std::move(title)) {}

  std::string Draw(const Frame& root) {
    boxes_.clear();
    depth_ = 0;
    whole_ = std::max(root.b, 1.0);
    Add(root, 0, 0);
    return fmt::format(
        "<div class=\"icicle\" style=\"height:{:.4g}rem\">\n{}</div>\n",
        kRowRem * static_cast<double>(depth_), boxes_);
  }

 private:
  static constexpr double kRowRem = 1.375;

  void Add(const Frame& frame, double left, size_t depth) {
    std::vector<std::pair<const ProfileFunction*, const Frame*>> calls;
    for (const auto& [function, call] : frame.calls)
      calls.emplace_back(&function, &call);
    std::stable_sort(
        calls.begin(), calls.end(),
        [](const auto& x, const auto& y) { return x.second->b > y.second->b; });
    for (const auto& [function, call] : calls) {
      const double width = call->b / whole_;
      if (width < kLeastShare) break;
      depth_ = std::max(depth_, depth + 1);
      boxes_ += fmt::format(
          "<span style=\"left:{:.4g}%;width:{:.4g}%;top:{:.4g}rem;"
          "background:{}\" title=\"{} ({}): {}\">{}</span>\n",
          100 * left, 100 * width, kRowRem * static_cast<double>(depth),
          color_(*function, *call), Escaped(function->name),
          Escaped(function->module), title_(*function, *call),
          Escaped(function->name));
      Add(*call, left, depth + 1);
      left += width;
    }
  }

  const Text color_, title_;
  std::string boxes_;
  size_t depth_ = 0;
  double whole_ = 1;
};
Role RoleOf(const ProfileFunction& function) {
  if (IsFirmware(function)) return SeriesRole(1);
  if (function.module == "kernel") return SeriesRole(0);
  if (function.module.find(".so") != std::string::npos ||
      function.module == "fio" || function.module == "vdso")
    return SeriesRole(2);
  return SeriesRole(3);  // a module of the kernel
}

std::string Row(const std::string& function, const std::string& module,
                uint64_t instructions, const ProfilePath& path) {
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td>{:.1f} %</td></tr>\n",
      Escaped(function), Escaped(module),
      Significant(
          static_cast<double>(instructions) / static_cast<double>(path.ios), 6),
      100 * static_cast<double>(instructions) /
          static_cast<double>(std::max<uint64_t>(path.work, 1)));
}

std::string FunctionTable(const ProfileRecord& profile,
                          const ProfilePath& path) {
  const auto rows = SelfOf(profile, path.stacks);
  std::string out =
      "<div class=\"scroll\" tabindex=\"0\"><table "
      "class=\"functions\">\n<thead><tr><th>Function</th><th>in</th><th>per "
      "I/O</th><th>of the work</th></tr></thead>\n<tbody>\n";
  uint64_t rest = 0;
  for (size_t i = 0; i < rows.size(); ++i)
    if (i < kMostRows)
      out +=
          Row(rows[i].first.name, rows[i].first.module, rows[i].second, path);
    else
      rest += rows[i].second;
  if (rest > 0)
    out += Row(fmt::format("{} more", rows.size() - kMostRows), "", rest, path);
  return out + "</tbody>\n</table></div>\n";
}

std::string IcicleOf(const ProfileRecord& profile, const ProfilePath& path) {
  Frame root;
  AddStacks(profile, path, &Frame::b, &root);
  return Icicle([](const ProfileFunction& function,
                   const Frame&) { return RoleVariable(RoleOf(function)); },
                [&root](const ProfileFunction&, const Frame& frame) {
                  return fmt::format("{} an I/O, {:.3g} %",
                                     Significant(frame.b, 6),
                                     100 * frame.b / root.b);
                })
      .Draw(root);
}

std::string PathPart(const ProfileRecord& profile, const ProfileJob& job,
                     Path path) {
  const ProfilePath& here = job.path(path);
  // To the instruction: more would only be noise in a sentence.
  const auto per_io = [&](uint64_t instructions) {
    return Grouped((instructions + here.ios / 2) / here.ios);
  };
  std::string note =
      fmt::format("{}, {} instructions of work in the median one",
                  Counted(here.ios, "I/O"), Grouped(MedianWork(here)));
  if (here.upkeep > 0)
    note += fmt::format(", {} without the kernel's upkeep",
                        Grouped(MedianSteady(here)));
  if (const uint64_t firmware = FirmwareWork(profile, here); firmware > 0)
    note += fmt::format(
        ". {} of {} are the emulated firmware, which the kernel interprets "
        "(AML); without it {} are left",
        per_io(firmware), per_io(here.work), per_io(here.work - firmware));
  if (const std::string methods = MethodsText(profile, here, kPageMethods);
      !methods.empty())
    note += ". Its methods, each without those it calls: " + methods;
  if (const std::string touched = FootprintText(here); !touched.empty())
    note += ". It touches " + touched;
  if (here.interrupts + here.others > 0)
    note += fmt::format(". Not in it: interrupts {}, other threads {} an I/O",
                        per_io(here.interrupts), per_io(here.others));
  return fmt::format(
      "<details class=\"profile sheet\"{}>\n<summary>{} "
      "<b>{}</b></summary>\n<p class=\"note\">{}.</p>\n{}{}</details>\n",
      path == Path::kRecovery ? " open" : "", Escaped(job.name),
      kPathNames[static_cast<size_t>(path)], Escaped(note),
      IcicleOf(profile, here), FunctionTable(profile, here));
}

}  // namespace

std::string ProfileSection(const Run& run) {
  if (!run.profile) return "";
  std::string parts;
  size_t paths = 0, whole = 0;
  for (const ProfileGap& gap : GapsOf(*run.profile, run.record)) {
    ++paths;
    whole += gap.empty();
  }
  for (const ProfileJob& job : run.profile->jobs)
    for (size_t path = 0; path < kPaths; ++path)
      if (job.paths[path].ios > 0)
        parts += PathPart(*run.profile, job, static_cast<Path>(path));
  const std::pair<const char*, size_t> kLegend[] = {
      {"kernel", 0},
      {"firmware, interpreted", 1},
      {"programs", 2},
      {"modules of the kernel", 3}};
  std::string legend = "<ul class=\"legend\">\n";
  for (const auto& [label, series] : kLegend)
    legend += fmt::format(
        "<li><span class=\"swatch\" style=\"background:{}\"></span>{}</li>\n",
        RoleVariable(SeriesRole(series)), label);
  return fmt::format(
      "<section>\n<h2>Where the instructions go</h2>\n<p class=\"note\">Each "
      "box is a function, below the one that called it and as wide as its "
      "share of the work; the table has what each takes itself. Counted, not "
      "sampled: in {} of {} paths the functions add up to what the engine "
      "measured, to the instruction. An instruction is not a "
      "nanosecond.{}</p>\n{}</ul>\n{}</section>\n",
      whole, paths,
      run.profile->caches ? " Misses are those of a model: " +
                                CachesText(*run.profile->caches) + "."
                          : "",
      legend, parts);
}

namespace {

std::string DifferenceOf(const Frame& root) {
  return Icicle(
             [](const ProfileFunction&, const Frame& frame) {
               // Less than an instruction an I/O is what I/Os differ by.
               if (std::abs(frame.b - frame.a) < 1)
                 return std::string("var(--axis)");
               return std::string(frame.b > frame.a ? "var(--bad)"
                                                    : "var(--good)");
             },
             [](const ProfileFunction&, const Frame& frame) {
               return fmt::format("{:.2f} to {:.2f} an I/O, {:+.2f}", frame.a,
                                  frame.b, frame.b - frame.a);
             })
      .Draw(root);
}

std::string ChangeTable(const PathChange& change) {
  std::string out =
      "<div class=\"scroll\" tabindex=\"0\"><table "
      "class=\"functions\">\n<thead><tr><th>Function</th><th>in</th><th>A</th>"
      "<th>B</th><th>B less A</th></tr></thead>\n<tbody>\n";
  for (size_t i = 0; i < change.functions.size() && i < kMostRows; ++i) {
    const FunctionChange& function = change.functions[i];
    out += fmt::format(
        "<tr><td>{}</td><td>{}</td><td>{:.2f}</td><td>{:.2f}</td><td>{:+.2f}"
        "</td></tr>\n",
        Escaped(function.function.name), Escaped(function.function.module),
        function.a, function.b, function.change());
  }
  out += "</tbody>\n</table></div>\n";
  if (change.functions.size() > kMostRows)
    out +=
        fmt::format("<p class=\"note\">And {} more that changed by less.</p>\n",
                    change.functions.size() - kMostRows);
  return out;
}

}  // namespace

std::string ProfileDifferenceSection(const Run& a, const Run& b) {
  if (!a.profile || !b.profile) return "";
  std::string parts;
  size_t same = 0, all = 0;
  for (const PathChange& change : Changes(*a.profile, *b.profile)) {
    ++all;
    if (change.functions.empty()) {
      ++same;
      continue;
    }
    Frame root;
    AddStacks(*a.profile, a.profile->Find(change.job)->path(change.path),
              &Frame::a, &root);
    AddStacks(*b.profile, b.profile->Find(change.job)->path(change.path),
              &Frame::b, &root);
    parts += fmt::format(
        "<details class=\"profile sheet\"><summary>{} <b>{}</b> {} to {} "
        "({:+})</summary>\n{}{}</details>\n",
        Escaped(change.job), kPathNames[static_cast<size_t>(change.path)],
        Grouped(change.a), Grouped(change.b),
        static_cast<int64_t>(change.b - change.a), DifferenceOf(root),
        ChangeTable(change));
  }
  return fmt::format(
      "<section>\n<h2>Where the instructions changed</h2>\n<p "
      "class=\"note\">Boxes are as wide as in B; red takes more than in A, "
      "green "
      "less, by an instruction an I/O or more. Figures are the work of the I/O "
      "in the middle. {} of {} paths are the same in every function.</p>\n{}"
      "</section>\n",
      same, all, parts);
}

}  // namespace daxmend
