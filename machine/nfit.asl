/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * The NVDIMM Firmware Interface Table: one range of persistent memory (ACPI
 * 6.5, 5.2.25.2). Nothing else is needed for the kernel's nfit driver to make a
 * region of it. Base and size are placeholders; acpi_table.h fills them in.
 *
 * Under a signature that iasl does not know, so that every iasl writes the
 * fields as they are here: newer ones want a location cookie in an NFIT, with
 * which Linux refuses the table, and older ones do not know that field.
 * image/firmware.sh puts the right signature in.
 */
[0004]                          Signature : "XFIT"
[0004]                       Table Length : 00000000
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "DAXMND"
[0008]                       Oem Table ID : "NVDIMM  "
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000001

UINT32 : 00000000         // reserved

UINT16 : 0000             // structure type: SPA range
UINT16 : 0038             // length
UINT16 : 0001             // range index
UINT16 : 0000             // flags
UINT32 : 00000000         // reserved
UINT32 : 00000000         // proximity domain
GUID   : 66F0D379-B4F3-4074-AC43-0D3318B78CDB
UINT64 : 0000000000000000 // base
UINT64 : 0000000000000000 // length
UINT64 : 0000000000008008 // memory attributes: write-back, non-volatile
