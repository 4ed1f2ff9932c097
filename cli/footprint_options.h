// SPDX-License-Identifier: GPL-2.0-only
//
// --footprint and what belongs to it, of the commands that profile.

#ifndef DAXMEND_CLI_FOOTPRINT_OPTIONS_H_
#define DAXMEND_CLI_FOOTPRINT_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <bit>
#include <optional>

#include "cli/size.h"
#include "core/error.h"
#include "core/footprint.h"

namespace daxmend {

struct FootprintOptions {
  bool footprint = false;
  CacheSizes sizes;
  const CLI::Option *l1 = nullptr, *l2 = nullptr;
};

inline void AddFootprint(CLI::App* app, FootprintOptions* options) {
  app->add_flag("--footprint", options->footprint,
                "Count also what I/Os touch: loads, stores, branches taken, "
                "lines of code and data, and\nmisses of modelled caches "
                "(several times the wall clock)");
  options->l1 =
      app->add_option("--l1", options->sizes.l1,
                      "Bytes of the modelled first-level caches, one for code "
                      "and one for data (32K)")
          ->transform(SizeInBytes());
  options->l2 = app->add_option("--l2", options->sizes.l2,
                                "Bytes of the modelled second level (1M)")
                    ->transform(SizeInBytes());
}

// The caches to model, where --footprint was given.
inline std::optional<CacheSizes> ChosenCaches(const FootprintOptions& options) {
  for (const CLI::Option* option : {options.l1, options.l2})
    if (option->count() && !options.footprint)
      throw Error({.thing = option->get_name(),
                   .cause = "is of the caches that --footprint models",
                   .way_out = "add --footprint, or leave it out"});
  if (!options.footprint) return std::nullopt;
  const auto check = [](const CLI::Option* option, uint64_t bytes,
                        unsigned ways) {
    if (!std::has_single_bit(bytes) || bytes < uint64_t{ways} << kLineBits)
      throw Error({.thing = option->get_name(),
                   .cause = "is no size of a cache",
                   .way_out = "give a power of two, as 32K or 1M"});
  };
  check(options.l1, options.sizes.l1, CacheSizes::kWays1);
  check(options.l2, options.sizes.l2, CacheSizes::kWays2);
  return options.sizes;
}

}  // namespace daxmend

#endif  // DAXMEND_CLI_FOOTPRINT_OPTIONS_H_
