// SPDX-License-Identifier: GPL-2.0-only

#include "ioengine/job_text.h"

namespace daxmend {
namespace {

// fio keeps what it parsed in print_options (parse.c, add_to_dump_list).
void Overlay(const flist_head* list, std::map<std::string, std::string>& text) {
  for (const flist_head* at = list->next; at != list; at = at->next) {
    const auto* option = reinterpret_cast<const print_option*>(
        reinterpret_cast<const char*>(at) - offsetof(print_option, list));
    text[option->name] = option->value ? option->value : "";
  }
}

}  // namespace

std::map<std::string, std::string> JobText(const thread_data* td) {
  std::map<std::string, std::string> text;
  Overlay(&get_global_options()->opt_list, text);
  Overlay(&td->opt_list, text);
  return text;
}

}  // namespace daxmend
