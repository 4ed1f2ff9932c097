// SPDX-License-Identifier: GPL-2.0-only

#include "results/profile/symbols.h"

#include <gtest/gtest.h>

#include <utility>

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

}  // namespace
}  // namespace daxmend
