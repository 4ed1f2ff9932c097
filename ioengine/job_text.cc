// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/job_text.h"

#include "core/utf8.h"
#include "system/process_tables.h"

namespace daxmend {
namespace {

using Text = std::map<std::string, std::string>;

// A section's. fio keeps what it parsed in print_options, an entry for each
// line (parse.c, add_to_dump_list).
Text OptionsOf(const flist_head* list) {
  Text text;
  for (const flist_head* at = list->next; at != list; at = at->next) {
    const auto* option = reinterpret_cast<const print_option*>(
        reinterpret_cast<const char*>(at) - offsetof(print_option, list));
    const std::string value = AsUtf8(option->value ? option->value : "");
    const auto [entry, is_new] = text.emplace(option->name, value);
    if (!is_new) entry->second += "\n" + value;
  }
  return text;
}

// A job of fio 3.33 begins as a copy of [global]: files (filesetup.c, add_file)
// and flags (options of type FIO_OPT_STR_MULTI) of its own section come on top.
bool AddsUp(const std::string& option) {
  return option == "filename" || option == "opendir" ||
         option == "sync_file_range";
}

}  // namespace

std::map<std::string, std::string> JobText(const thread_data* td) {
  Text text = OptionsOf(&get_global_options()->opt_list);
  for (const auto& [name, value] : OptionsOf(&td->opt_list)) {
    const auto [entry, is_new] = text.emplace(name, value);
    if (is_new) continue;
    entry->second = AddsUp(name) ? entry->second + "\n" + value : value;
  }
  return text;
}

std::map<std::string, std::string> TextOfSection(const thread_data* td) {
  // Never freed: threads may outlive main().
  static auto& sections = *new std::map<std::string, Text>;
  const ProcessTablesLock hold;
  const auto [entry, is_new] = sections.try_emplace(td->o.name);
  if (is_new) entry->second = JobText(td);
  return entry->second;
}

}  // namespace daxmend
