// SPDX-License-Identifier: GPL-2.0-only
//
// Names for addresses of a guest: those of its kernel and modules from
// /proc/kallsyms, those of programs and libraries from their symbol tables.
//
// Once filled, thread-safe.

#ifndef DAXMEND_RESULTS_PROFILE_SYMBOLS_H_
#define DAXMEND_RESULTS_PROFILE_SYMBOLS_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "records/profile_record.h"

namespace daxmend {

class Symbols {
 public:
  // Lines of /proc/kallsyms.
  void AddKernel(std::string_view kallsyms);

  // What /proc/PID/maps says of one process, whose executable files are in
  // `directory` under their last names; [vdso] is vdso.so there. Functions
  // of a file that is missing have no names. Throws Error: no ELF.
  void AddProcess(std::string_view maps, const std::string& directory);

  // The function that `address` lies in. Where no symbol has it,
  // "[unknown]" in its module; outside of all modules both are.
  ProfileFunction At(uint64_t address) const;

  // Whether functions of `module` have names that only a symbol table, and not
  // the dynamic one, has: those of the engine are needed.
  bool HasFullTable(const std::string& module) const;

 private:
  struct Symbol {
    uint64_t end;
    ProfileFunction function;
  };
  struct Module {
    uint64_t end;
    std::string name;
  };
  void AddFile(const std::string& path, const std::string& name, uint64_t begin,
               uint64_t end, uint64_t offset);

  std::map<uint64_t, Symbol> symbols_;
  std::map<uint64_t, Module> modules_;
  std::map<std::string, bool> full_;
};

// A symbol without what compilers add to name a part of a function (".cold",
// ".part.0"), and demangled.
std::string PlainName(const std::string& symbol);

}  // namespace daxmend

#endif  // DAXMEND_RESULTS_PROFILE_SYMBOLS_H_
