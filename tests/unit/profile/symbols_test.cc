// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/symbols.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "system/file_io.h"

namespace daxmend {
namespace {

TEST(PlainName, IsWhatPeopleCallAFunction) {
  for (const auto& [symbol, plain] :
       {std::pair{"dax_iomap_rw", "dax_iomap_rw"},
        std::pair{"ext4_map_blocks.part.0", "ext4_map_blocks"},
        std::pair{"do_user_addr_fault.cold", "do_user_addr_fault"},
        std::pair{"_ZN7daxmend3Job5QueueEP11thread_dataP4io_u",
                  "daxmend::Job::Queue"},
        std::pair{"_ZNK7daxmend12FunctionHereEv", "daxmend::FunctionHere"},
        std::pair{
            "_ZNSt17_Function_handlerIFmvEZN7daxmend3Job4FileC4EvEUlvE_E9_"
            "M_invokeERKSt9_Any_data",
            "std::_Function_handler::_M_invoke"},
        std::pair{"_Znwm", "operator new"},
        std::pair{"_ZN7daxmend12_GLOBAL__N_14FindEi", "daxmend::Find"},
        std::pair{"_ZNK3foo3barclEi", "foo::bar::operator()"},
        std::pair{"_ZStlsISt11char_traitsIcEERSt13basic_ostreamIcT_ES5_PKc",
                  "std::operator<<"}})
    EXPECT_EQ(PlainName(symbol), plain) << symbol;
}

TEST(Symbols, NameKernelModulesAndWhatNobodyKnows) {
  Symbols symbols;
  symbols.AddKernel(
      "ffffffff81000000 T _text\nffffffff81000100 t dax_iomap_rw\n"
      "ffffffff81000100 t __pfx_alias\nffffffffc0000000 t "
      "acpi_nfit_ctl\t[nfit]\n");
  EXPECT_EQ(symbols.At(0xffffffff810000ff),
            (ProfileFunction{"kernel", "_text"}));
  EXPECT_EQ(symbols.At(0xffffffff81000100),
            (ProfileFunction{"kernel", "dax_iomap_rw"}));
  EXPECT_EQ(symbols.At(0xffffffffc0000010),
            (ProfileFunction{"nfit", "acpi_nfit_ctl"}));
  EXPECT_EQ(symbols.At(0xffffffffd0000000),
            (ProfileFunction{"kernel", "[unknown]"}));
  EXPECT_EQ(symbols.At(0x1000), (ProfileFunction{"[unknown]", "[unknown]"}));
}

TEST(Symbols, AFileThatWasNotKeptHasNoNames) {
  Symbols symbols;
  symbols.AddProcess(
      "7f0000000000-7f0000001000 r-xp 00000000 00:02 7 /usr/lib/liblarge.so.2\n"
      "7f0000001000-7f0000002000 rw-p 00000000 00:02 7 "
      "/usr/lib/liblarge.so.2\n",
      "/nonexistent");
  EXPECT_EQ(symbols.At(0x7f0000000010),
            (ProfileFunction{"liblarge.so.2", "[unknown]"}));
  EXPECT_EQ(symbols.At(0x7f0000001010),
            (ProfileFunction{"[unknown]", "[unknown]"}));
}

TEST(Symbols, ThoseOfThisVeryProcess) {
  // What is mapped here, and its own file.
  const std::string maps = ReadFile("/proc/self/maps");
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  Symbols symbols;
  symbols.AddProcess(maps, std::filesystem::path(self).parent_path().string());
  const auto here = reinterpret_cast<uint64_t>(&PlainName);
  EXPECT_EQ(symbols.At(here).name, "daxmend::PlainName");
  EXPECT_EQ(symbols.At(here + 1).name, "daxmend::PlainName");
  EXPECT_TRUE(symbols.HasFullTable(std::filesystem::path(self).filename()));
}

}  // namespace
}  // namespace daxmend
