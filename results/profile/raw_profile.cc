// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/raw_profile.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/error.h"

namespace daxmend {
namespace {

constexpr uint32_t kOthers = 1;

struct RawNode {
  uint32_t parent = 0;
  bool interrupt = false;
  uint64_t site = 0;
};

struct RawCount {
  uint32_t node;
  uint32_t block;
  uint64_t instructions;
  uint32_t method;
};

struct RawPath {
  uint64_t job = 0;
  size_t path = 0;
  ProfilePath sums;
  std::vector<RawCount> counts;
};

struct Raw {
  std::vector<RawNode> nodes = std::vector<RawNode>(2);
  std::unordered_map<uint32_t, uint64_t> blocks;
  std::vector<RawPath> paths;
  std::vector<std::string> methods = {""};
};

[[noreturn]] void Refuse(const std::string& cause) {
  throw Error({.thing = "the profile",
               .cause = cause,
               .way_out = "run it again; the guest must end by itself"});
}

Raw Parse(std::string_view text) {
  Raw raw;
  std::istringstream lines{std::string(text)};
  std::string line;
  if (!std::getline(lines, line) || line != "daxmend-profile 2")
    Refuse("is missing: the emulator wrote none");
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    char kind = 0;
    words >> kind;
    if (kind == 'E') return raw;
    if (kind == 'M') {
      size_t number = 0;
      std::string name;
      words >> number >> name;
      if (!words || number != raw.methods.size()) Refuse("is damaged: " + line);
      raw.methods.push_back(name);
    } else if (kind == 'N') {
      size_t id = 0;
      RawNode node;
      words >> id >> node.parent >> node.interrupt >> std::hex >> node.site;
      if (!words || id != raw.nodes.size() || node.parent >= id)
        Refuse("is damaged: " + line);
      raw.nodes.push_back(node);
    } else if (kind == 'B') {
      uint32_t id = 0;
      uint64_t address = 0;
      words >> id >> std::hex >> address;
      raw.blocks[id] = address;
    } else if (kind == 'P') {
      RawPath path;
      words >> path.job >> path.path;
      if (!words || path.path >= kPaths) Refuse("is damaged: " + line);
      raw.paths.push_back(std::move(path));
    } else if (kind == 'S' && !raw.paths.empty()) {
      uint64_t work = 0, interrupts = 0, others = 0, upkeep = 0;
      words >> work >> interrupts >> others >> upkeep;
      if (!words || upkeep > work) Refuse("is damaged: " + line);
      ProfilePath& sums = raw.paths.back().sums;
      ++sums.ios;
      sums.work += work;
      sums.interrupts += interrupts;
      sums.others += others;
      sums.upkeep += upkeep;
      ++sums.work_of_ios[work];
      ++sums.steady_of_ios[work - upkeep];
    } else if (kind == 'F' && !raw.paths.empty()) {
      Footprint& footprint = raw.paths.back().sums.footprint;
      for (size_t i = 0; i < kFootprintCounts; ++i) {
        uint64_t count = 0;
        words >> count;
        ++footprint[i][count];
      }
      if (!words) Refuse("is damaged: " + line);
    } else if (kind == 'C' && !raw.paths.empty()) {
      RawCount count = {};
      words >> count.node >> count.block >> count.instructions >> count.method;
      if (!words || count.node >= raw.nodes.size() ||
          !raw.blocks.contains(count.block) ||
          count.method >= raw.methods.size())
        Refuse("is damaged: " + line);
      raw.paths.back().counts.push_back(count);
    } else {
      Refuse("is damaged: " + line);
    }
  }
  Refuse("has no end: the emulator was killed");
}

// Functions by number, and stacks of them.
class Naming {
 public:
  Naming(const Raw& raw, const Symbols& symbols)
      : raw_(raw), symbols_(symbols), above_(raw.nodes.size()) {}

  uint32_t Function(uint64_t address) {
    const auto [at, is_new] = by_address_.try_emplace(address, 0);
    if (is_new) {
      const ProfileFunction function = symbols_.At(address);
      at->second = Number(function);
      if (function.name == "acpi_ps_parse_aml")
        interpreters_.insert(at->second);
    }
    return at->second;
  }

  // Below the interpreter comes what it interprets, and what it calls for that.
  void Interpret(uint32_t method, std::vector<uint32_t>* frames) {
    if (method == 0) return;
    const auto interpreter = std::find_if(
        frames->begin(), frames->end(),
        [this](uint32_t frame) { return interpreters_.contains(frame); });
    if (interpreter == frames->end()) return;
    frames->insert(interpreter + 1,
                   Number({kFirmwareModule, raw_.methods[method]}));
  }

  // What the code of `node` was called from, outermost first, as far as the
  // interrupt it came by.
  const std::vector<uint32_t>& Above(uint32_t node) {
    std::optional<Stack>& above = above_[node];
    if (above) return above->frames;
    Stack stack;
    if (node > kOthers) {
      const RawNode& here = raw_.nodes[node];
      if (!here.interrupt) {
        stack.frames = Above(here.parent);
        stack.in_interrupt = InInterrupt(here.parent);
        Push(Function(here.site - 1), &stack.frames);
      } else {
        stack.in_interrupt = true;
      }
    }
    above_[node] = std::move(stack);
    return above_[node]->frames;
  }
  bool InInterrupt(uint32_t node) {
    Above(node);
    return above_[node]->in_interrupt;
  }

  // A function that goes on as another, and comes back to itself, is one frame.
  static void Push(uint32_t function, std::vector<uint32_t>* frames) {
    if (frames->empty() || frames->back() != function)
      frames->push_back(function);
  }

  const std::map<ProfileFunction, uint32_t>& numbers() const {
    return numbers_;
  }

 private:
  struct Stack {
    std::vector<uint32_t> frames;
    bool in_interrupt = false;
  };
  uint32_t Number(const ProfileFunction& function) {
    return numbers_
        .try_emplace(function, static_cast<uint32_t>(numbers_.size()))
        .first->second;
  }

  const Raw& raw_;
  const Symbols& symbols_;
  std::set<uint32_t> interpreters_;
  std::vector<std::optional<Stack>> above_;
  std::unordered_map<uint64_t, uint32_t> by_address_;
  std::map<ProfileFunction, uint32_t> numbers_;
};

ProfileJob& JobOf(uint64_t number, const RunRecord& run,
                  ProfileRecord* profile) {
  // Clones (numjobs=) have the numbers behind the first one's.
  for (size_t i = 0; i < run.jobs.size(); ++i) {
    const JobRecord& job = run.jobs[i];
    if (job.number <= number &&
        number < job.number + std::max<uint64_t>(job.workers, 1))
      return profile->jobs[i];
  }
  Refuse("tells of job " + std::to_string(number) + ", which run.json lacks");
}

void Renumber(const std::map<ProfileFunction, uint32_t>& numbers,
              ProfileRecord* profile) {
  std::vector<uint32_t> sorted(numbers.size());
  for (const auto& [function, number] : numbers) {
    sorted[number] = static_cast<uint32_t>(profile->functions.size());
    profile->functions.push_back(function);
  }
  for (ProfileJob& job : profile->jobs)
    for (ProfilePath& path : job.paths)
      for (auto stacks : {&ProfilePath::stacks, &ProfilePath::interrupt_stacks,
                          &ProfilePath::other_stacks}) {
        ProfileStacks renumbered;
        for (const auto& [frames, instructions] : path.*stacks) {
          std::vector<uint32_t> named;
          for (uint32_t frame : frames) named.push_back(sorted[frame]);
          renumbered[named] += instructions;
        }
        path.*stacks = std::move(renumbered);
      }
}

}  // namespace

ProfileRecord NamedProfile(std::string_view text, const Symbols& symbols,
                           const RunRecord& run) {
  const Raw raw = Parse(text);
  if (raw.paths.empty())
    Refuse("has no I/O: COMMAND did none with the engine that --profile sees");
  ProfileRecord profile;
  for (const JobRecord& job : run.jobs)
    profile.jobs.push_back({job.name, job.number, {}});
  Naming naming(raw, symbols);
  for (const RawPath& from : raw.paths) {
    ProfilePath& to = JobOf(from.job, run, &profile).paths[from.path];
    to.ios += from.sums.ios;
    to.work += from.sums.work;
    to.interrupts += from.sums.interrupts;
    to.others += from.sums.others;
    to.upkeep += from.sums.upkeep;
    for (auto [work, ios] : from.sums.work_of_ios) to.work_of_ios[work] += ios;
    for (auto [work, ios] : from.sums.steady_of_ios)
      to.steady_of_ios[work] += ios;
    for (size_t i = 0; i < kFootprintCounts; ++i)
      for (auto [count, ios] : from.sums.footprint[i])
        to.footprint[i][count] += ios;
    for (const RawCount& count : from.counts) {
      const uint64_t address = raw.blocks.at(count.block);
      std::vector<uint32_t> frames;
      if (count.node != kOthers) frames = naming.Above(count.node);
      Naming::Push(naming.Function(address), &frames);
      naming.Interpret(count.method, &frames);
      ProfileStacks& stacks = count.node == kOthers ? to.other_stacks
                              : naming.InInterrupt(count.node)
                                  ? to.interrupt_stacks
                                  : to.stacks;
      stacks[frames] += count.instructions;
    }
  }
  Renumber(naming.numbers(), &profile);
  return profile;
}

}  // namespace daxmend
