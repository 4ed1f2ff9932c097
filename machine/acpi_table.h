// SPDX-License-Identifier: GPL-2.0-only
//
// The firmware's ACPI tables with their parameters filled in. iasl compiles
// nfit.asl and ssdt.asl once, when daxmend is built; which range they describe
// is only known when a guest is started, so it is written into the compiled
// tables and the checksum made right again.
//
// Tables are their bytes. Thread-safe.

#ifndef DAXMEND_MACHINE_ACPI_TABLE_H_
#define DAXMEND_MACHINE_ACPI_TABLE_H_

#include <string>

#include "machine/error_table.h"

namespace daxmend {

// `compiled` is nfit.aml, or a table that begins like it: its first structure
// gets base and size, and one like it is added for every further NVDIMM. Throws
// Error when it is too short for that, or has more than one structure already
// and there are several NVDIMMs.
std::string FillNfit(std::string compiled, const NvdimmParameters& nvdimm);

// `compiled` is ssdt.aml. Throws Error when one of the parameters is not in it.
std::string FillSsdt(std::string compiled, const NvdimmParameters& nvdimm);

// Whether the bytes of `table` add up to zero, as ACPI 6.5 5.2.6 wants, and its
// length field is its length.
bool IsWholeTable(const std::string& table);

}  // namespace daxmend

#endif  // DAXMEND_MACHINE_ACPI_TABLE_H_
