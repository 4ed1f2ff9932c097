// SPDX-License-Identifier: GPL-2.0-only

#include "packaging/manual/engine_page.h"

#include "ioengine/options.h"

// The table's callbacks report a bad value by it when fio parses one; no value
// is parsed here.
extern "C" ssize_t log_err(const char*, ...) { return 0; }

namespace daxmend {
namespace {

std::string TypeName(const fio_option& option) {
  switch (option.type) {
    case FIO_OPT_INT:
      return "INTEGER";
    case FIO_OPT_BOOL:
      return "BOOL";
    default:
      return "PATH";
  }
}

std::string OptionItem(const fio_option& option) {
  const bool words = option.posval[0].ival != nullptr;
  std::string tag = RoffBold(option.name) + "=";
  tag += RoffItalic(words ? "WORD" : TypeName(option));
  std::string text = std::string(option.help) + ".";
  if (option.def != nullptr)
    text += std::string(" Default: ") + option.def + ".";
  std::string out = RoffItem(tag, text);
  if (!words) return out;
  out += ".RS\n";
  for (const value_pair& word : option.posval) {
    if (word.ival == nullptr) break;
    out += RoffItem(RoffBold(word.ival), std::string(word.help) + ".");
  }
  return out + ".RE\n";
}

}  // namespace

std::string EnginePage(const PageOrigin& origin, const std::string& engine) {
  std::string out =
      RoffHead(origin, "fio-daxmend",
               "fio engine that recovers from poisoned persistent memory");
  out +=
      RoffSection("SYNOPSIS") + RoffBold("ioengine=external:" + engine) + "\n";
  out += RoffSection("DESCRIPTION");
  out += RoffParagraph(
      "An ioengine for fio(1) that reads and writes files of a DAX file system "
      "and counts the latency of every I/O by the path it took: one that met "
      "no poison, and what detecting, salvaging and repairing cost where one "
      "did. It works in the fio it was built for (" DAXMEND_FIO_VERSION
      ") and refuses every other one, because fio's structures change without "
      "its interface's number changing.");
  out += RoffParagraph(
      "Besides fio's own options a job file may set those below. After fio's "
      "output the engine prints a table of the latencies by path.");
  out += RoffSection("OPTIONS");
  for (const fio_option* option = OptionTable(); option->name != nullptr;
       ++option)
    out += OptionItem(*option);
  return out + RoffSeeAlso({"daxmend(1)", "daxmend-run(1)", "fio(1)"});
}

}  // namespace daxmend
