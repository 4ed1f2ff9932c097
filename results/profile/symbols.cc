// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/symbols.h"

#include <cxxabi.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "core/error.h"
#include "system/file_descriptor.h"

namespace daxmend {
namespace {

// A symbol without a size ends where the next begins, and not behind this.
constexpr uint64_t kMostBytes = uint64_t{1} << 20;

struct ElfEnd {
  void operator()(Elf* elf) const { elf_end(elf); }
};

std::string LastName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

namespace {

// A demangled name without the types it was made of: "daxmend::Job::Queue".
std::string WithoutArguments(const std::string& name) {
  std::string plain;
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_operator = plain.ends_with("operator") ||
                             plain.ends_with("operator<") ||
                             plain.ends_with("operator>");
    if (depth == 0 && is_operator && (c == '<' || c == '>')) {
      plain += c;
    } else if (depth == 0 && is_operator && name.compare(i, 2, "()") == 0) {
      plain += "()";
      ++i;
    } else if (c == '<' || c == '(') {
      ++depth;
    } else if (c == '>' || c == ')') {
      depth -= depth > 0;
    } else if (depth == 0) {
      // What it returns comes in front.
      const char next = i + 1 < name.size() ? name[i + 1] : ' ';
      if (c == ' ' && (next == '<' || next == '(')) continue;
      if (c == ' ' && !is_operator && !plain.ends_with("operator new") &&
          !plain.ends_with("operator delete"))
        plain.clear();
      else
        plain += c;
    }
  }
  return plain.empty() ? name : plain;
}

}  // namespace

std::string PlainName(const std::string& symbol) {
  std::string name = symbol;
  for (const char* part : {".cold", ".part.", ".isra.", ".constprop."})
    if (const size_t at = name.find(part); at != std::string::npos)
      name.resize(at);
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> plain(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), std::free);
  if (status != 0) return name;
  name = plain.get();
  constexpr std::string_view kUnnamed = "(anonymous namespace)::";
  for (size_t at; (at = name.find(kUnnamed)) != std::string::npos;)
    name.erase(at, kUnnamed.size());
  // Parts of a function that the compiler made: "f() [clone .lto_priv.0]".
  if (const size_t at = name.find(" [clone"); at != std::string::npos)
    name.resize(at);
  // "f() const"
  if (name.ends_with(" const")) name.resize(name.size() - 6);
  return WithoutArguments(name);
}

void Symbols::AddKernel(std::string_view kallsyms) {
  std::istringstream lines{std::string(kallsyms)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string address, kind, name, module;
    words >> address >> kind >> name >> module;
    if (module.size() > 2 && module.front() == '[')
      module = module.substr(1, module.size() - 2);
    else
      module = "kernel";
    const uint64_t begin = std::strtoull(address.c_str(), nullptr, 16);
    // Of several names of one place the first stays.
    symbols_.try_emplace(begin,
                         Symbol{begin + kMostBytes, {module, PlainName(name)}});
  }
}

void Symbols::AddProcess(std::string_view maps, const std::string& directory) {
  std::istringstream lines{std::string(maps)};
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string range, rights, offset, device, inode, path;
    words >> range >> rights >> offset >> device >> inode >> path;
    if (rights.find('x') == std::string::npos || path.empty()) continue;
    const uint64_t begin = std::strtoull(range.c_str(), nullptr, 16);
    const uint64_t end =
        std::strtoull(range.substr(range.find('-') + 1).c_str(), nullptr, 16);
    if (path == "[vdso]")
      AddFile(directory + "/vdso.so", "vdso", begin, end, 0);
    else if (path.front() == '/')
      AddFile(directory + "/" + LastName(path), LastName(path), begin, end,
              std::strtoull(offset.c_str(), nullptr, 16));
  }
}

void Symbols::AddFile(const std::string& path, const std::string& name,
                      uint64_t begin, uint64_t end, uint64_t offset) {
  modules_[begin] = {end, name};
  if (!std::filesystem::exists(path)) return;
  elf_version(EV_CURRENT);
  const FileDescriptor file = FileDescriptor::Open(path, O_RDONLY);
  const std::unique_ptr<Elf, ElfEnd> elf(
      elf_begin(file.get(), ELF_C_READ, nullptr));
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF)
    throw Error({.thing = path, .cause = "is no ELF file"});
  // From an address in the file to where it is in the process.
  uint64_t bias = begin - offset;
  size_t parts = 0;
  elf_getphdrnum(elf.get(), &parts);
  for (size_t i = 0; i < parts; ++i) {
    GElf_Phdr part;
    if (gelf_getphdr(elf.get(), static_cast<int>(i), &part) &&
        part.p_type == PT_LOAD && part.p_offset <= offset &&
        offset < part.p_offset + part.p_filesz)
      bias = begin - (part.p_vaddr + (offset - part.p_offset));
  }
  for (Elf_Scn* section = elf_nextscn(elf.get(), nullptr); section;
       section = elf_nextscn(elf.get(), section)) {
    GElf_Shdr header;
    if (!gelf_getshdr(section, &header) || header.sh_entsize == 0) continue;
    if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) continue;
    if (header.sh_type == SHT_SYMTAB) full_[name] = true;
    Elf_Data* data = elf_getdata(section, nullptr);
    const size_t count = header.sh_size / header.sh_entsize;
    for (size_t i = 0; data && i < count; ++i) {
      GElf_Sym symbol;
      if (!gelf_getsym(data, static_cast<int>(i), &symbol)) continue;
      const int kind = GELF_ST_TYPE(symbol.st_info);
      if ((kind != STT_FUNC && kind != STT_GNU_IFUNC && kind != STT_NOTYPE) ||
          symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0)
        continue;
      // Code written in assembly has no size.
      if (kind == STT_NOTYPE && symbol.st_size == 0) continue;
      const uint64_t at = bias + symbol.st_value;
      if (at < begin || at >= end) continue;
      const char* text = elf_strptr(elf.get(), header.sh_link, symbol.st_name);
      if (text == nullptr || *text == '\0') continue;
      const uint64_t size =
          symbol.st_size ? uint64_t{symbol.st_size} : kMostBytes;
      symbols_.try_emplace(at, Symbol{at + size, {name, PlainName(text)}});
    }
  }
}

ProfileFunction Symbols::At(uint64_t address) const {
  auto symbol = symbols_.upper_bound(address);
  if (symbol != symbols_.begin() && address < std::prev(symbol)->second.end)
    return std::prev(symbol)->second.function;
  auto module = modules_.upper_bound(address);
  if (module != modules_.begin() && address < std::prev(module)->second.end)
    return {std::prev(module)->second.name, "[unknown]"};
  return {address >> 63 ? "kernel" : "[unknown]", "[unknown]"};
}

bool Symbols::HasFullTable(const std::string& module) const {
  const auto at = full_.find(module);
  return at != full_.end() && at->second;
}

}  // namespace daxmend
