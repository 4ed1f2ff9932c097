/*
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * The NVDIMM Firmware Interface Table: one range of persistent memory (ACPI
 * 6.5, 5.2.25.2). Nothing else is needed for the kernel's nfit driver to make a
 * region of it. Base and size are placeholders; acpi_table.h fills them in.
 */
[0004]                          Signature : "NFIT"
[0004]                       Table Length : 00000060
[0001]                           Revision : 01
[0001]                           Checksum : 00
[0006]                             Oem ID : "DAXMND"
[0008]                       Oem Table ID : "NVDIMM  "
[0004]                       Oem Revision : 00000001
[0004]                    Asl Compiler ID : "INTL"
[0004]              Asl Compiler Revision : 00000001

[0004]                           Reserved : 00000000

[0002]                      Subtable Type : 0000
[0002]                             Length : 0038

[0002]                        Range Index : 0001
[0002]              Flags (decoded below) : 0000
                Add/Online Operation Only : 0
                   Proximity Domain Valid : 0
[0004]                           Reserved : 00000000
[0004]                   Proximity Domain : 00000000
[0016]                 Region Type GUID : 66F0D379-B4F3-4074-AC43-0D3318B78CDB
[0008]                 Address Range Base : 0000000000000000
[0008]               Address Range Length : 0000000000000000
[0008]               Memory Map Attribute : 0000000000008008
